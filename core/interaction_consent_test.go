package core

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func TestNext_CN01_consent(t *testing.T) {
	onConsent := func(f func(*Consent)) change { return func(facts *Facts) { f(&facts.Consent) } }
	checkNext(t, []nextCase{
		{"never", []change{noConsent}, consent(annID)},
		{"not remembered", []change{onConsent(func(c *Consent) { c.Remembered = false })}, consent(annID)},
		{"BB-02 not rememberable", []change{func(f *Facts) { f.Remembers = false }}, consent(annID)},
		{"client changed", []change{func(f *Facts) { f.ClientHash = Hash{1} }}, consent(annID)},
		{"no digest of the client", []change{onConsent(func(c *Consent) { c.ClientHash = Hash{} }), func(f *Facts) { f.ClientHash = Hash{} }}, consent(annID)},
		{"INV-K2 another account's", []change{onConsent(func(c *Consent) { c.Account = bobID })}, consent(annID)},
		{"INV-K2 another client's", []change{onConsent(func(c *Consent) { c.Client = "App" })}, consent(annID)},
		{"wider scope", []change{func(f *Facts) { f.Request.Access = []Access{{Scopes: []string{"openid", "email"}}} }}, consent(annID)},
		{"another resource", []change{func(f *Facts) { f.Request.Access = []Access{{Resource: "https://api", Scopes: []string{"openid"}}} }}, consent(annID)},
		{"less scope", []change{func(f *Facts) { f.Request.Access = []Access{{Scopes: []string{"openid"}}} }}, free(annID)},
		{"first party", []change{noConsent, func(f *Facts) { f.Client.FirstParty = true }}, free(annID)},
		{"first party by its own word", []change{noConsent, func(f *Facts) { f.Client.FirstParty, f.Client.Lane = true, LaneCIMD }}, consent(annID)},
		{"CN-04 agreed here", []change{noConsent, decided(true, shown)}, free(annID)},
		{"CN-04 agreed to something else", []change{noConsent, decided(true, Hash{1})}, consent(annID)},
		{"CN-04 nothing is shown", []change{noConsent, decided(true, Hash{}), func(f *Facts) { f.Shown = Hash{} }}, consent(annID)},
		{"CN-03 refused", []change{noConsent, decided(false, shown)}, Need{Step: StepRefuse, Account: annID, Error: AccessDenied}},
		{"CN-03 refused though remembered", []change{decided(false, shown)}, Need{Step: StepRefuse, Account: annID, Error: AccessDenied}},
		{"CN-03 refused something else", []change{noConsent, decided(false, Hash{1})}, consent(annID)},
		{"agreed by nobody", []change{nobody, decided(true, shown)}, signIn()},
	})
}

func TestNext_policyAndPurpose(t *testing.T) {
	purpose := func(p Purpose) change { return func(f *Facts) { f.Purpose = p } }
	fresh := func(f *Facts) { f.SignedIn[0].Session.Authentications[0].At = testAt.Add(-5 * time.Minute) }
	checkNext(t, []nextCase{
		{"unverified", []change{unverified}, Need{Step: StepVerifyEmail, Account: annID}},
		{"unverified, account not loaded", []change{unverified, account(Account{}), func(f *Facts) { f.SignedIn[0].Account.EmailVerified = false }}, Need{Step: StepVerifyEmail, Account: annID}},
		{"unverified, not required", []change{unverified, func(f *Facts) { f.RequireVerifiedEmail = false }}, free(annID)},
		{"no address", []change{unverified, func(f *Facts) { f.Account.Email = "" }}, free(annID)},
		{"OC-15 acr met", []change{mustACR("gold", "silver"), func(f *Facts) { f.Policy.Levels = []Level{{Value: "silver"}} }}, free(annID)},
		{"OC-15 acr unmet", []change{mustACR("gold")}, Need{Step: StepRefuse, Account: annID, Error: UnmetAuthentication}},
		{"OC-15 first sign in", []change{nobody, mustACR("gold")}, signIn()},
		{"account, not fresh", []change{purpose(PurposeAccount), stored}, again(annID)},
		{"account, fresh to the second", []change{purpose(PurposeAccount), stored, fresh}, Need{Step: StepAct, Account: annID}},
		{"account, done", []change{purpose(PurposeAccount), stored, fresh, func(f *Facts) { f.Interaction.Outcome = &Outcome{} }}, free(annID)},
		{"account, signed in here long ago", []change{purpose(PurposeAccount), here(annID, 6*time.Minute)}, again(annID)},
		{"account, unverified", []change{purpose(PurposeAccount), stored, fresh, unverified}, Need{Step: StepVerifyEmail, Account: annID}},
		{"account asks for no consent", []change{purpose(PurposeAccount), fresh, noConsent}, free(annID)},
		{"sign-in only", []change{purpose(PurposeSignIn), noConsent}, free(annID)},
		{"sign-in only, nobody", []change{purpose(PurposeSignIn), nobody}, signIn()},
	})
}

// randomFacts mixes everything that the tables vary.
func randomFacts(r *rand.Rand) Facts {
	id := func() ID { return ID{byte(0xa + r.IntN(3))} }
	hash := func() Hash { return []Hash{appNow, shown, {}}[r.IntN(3)] }
	pool := []change{
		nobody, annAndBob, noConsent, stored, unverified, mustACR("gold"), hint(id()), claim(id()),
		prompt(PromptLogin), prompt(PromptConsent), prompt(PromptSelect), prompt(PromptCreate), prompt(PromptNone),
		maxAge(time.Duration(r.IntN(3)) * time.Hour), chose(id()), picked(id()), here(id(), time.Duration(r.IntN(20))*time.Minute),
		decided(r.IntN(4) > 0, hash()), account(person(id())), account(Account{}),
		func(f *Facts) { f.Purpose = []Purpose{PurposeAccount, PurposeSignIn}[r.IntN(2)] },
		func(f *Facts) { f.Client.FirstParty = true }, func(f *Facts) { f.ClientHash = hash() },
		func(f *Facts) { f.Account.SignInEpoch++ }, func(f *Facts) { f.Account.Disabled = true },
		func(f *Facts) { f.SignedIn = append(f.SignedIn, signedIn(id())) },
		func(f *Facts) {
			for i := range f.SignedIn {
				s := &f.SignedIn[i]
				switch r.IntN(5) {
				case 0:
					s.Session.Ended = true
				case 1:
					s.Account.SignInEpoch++
				case 2:
					s.Session.Authentications = nil
				}
			}
		},
	}
	var changes []change
	for range r.IntN(7) {
		changes = append(changes, pool[r.IntN(len(pool))])
	}
	return facts(changes...)
}

// authenticated says, by other means than Next, whether anybody showed to be
// the account: in a session that stands or in this interaction.
func authenticated(f Facts, id ID) bool {
	for _, s := range f.SignedIn {
		if s.Account.ID == id && s.Live(f.At) && len(s.Session.Authentications) > 0 {
			return true
		}
	}
	if f.Interaction == nil {
		return false
	}
	for _, a := range f.Interaction.Authentications {
		if a.Account != id {
			continue
		}
		if f.Account.ID == id {
			if a.SignInEpoch == f.Account.SignInEpoch && !f.Account.Disabled {
				return true
			}
			continue
		}
		for _, s := range f.SignedIn {
			if s.Account.ID == id && s.Account.SignInEpoch == a.SignInEpoch {
				return true
			}
		}
	}
	return false
}

func TestNext_INVA4_anyFacts(t *testing.T) {
	for seed := range uint64(5000) {
		checkAnyFacts(t, seed)
	}
}

func FuzzNext(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkAnyFacts)
}

// checkAnyFacts holds Next to what must be true whatever the facts.
func checkAnyFacts(t *testing.T, seed uint64) {
	facts, same := randomFacts(rand.New(rand.NewPCG(seed, 1))), randomFacts(rand.New(rand.NewPCG(seed, 1)))
	n := Next(facts)
	if n != Next(facts) || !reflect.DeepEqual(facts, same) {
		t.Fatalf("seed %d: Next is not a pure function", seed)
	}
	asks := facts.Request.Asks
	switch {
	case n.Step == StepRefuse && n.Error == "":
		t.Fatalf("seed %d: refused without an error", seed)
	case asks(PromptNone) && n.Step != StepNone && n.Error == "":
		t.Fatalf("seed %d: OC-09: prompt=none shows a page", seed)
	case !asks(PromptNone) && n.Step != StepRefuse && n.Error != "":
		t.Fatalf("seed %d: an error beside a step that can be taken", seed)
	}
	if n.Step != StepNone {
		return
	}
	switch {
	case !authenticated(facts, n.Account):
		t.Fatalf("seed %d: INV-A4: nobody authenticated", seed)
	case !facts.Request.isFor(n.Account):
		t.Fatalf("seed %d: OC-17: somebody else than asked for", seed)
	case facts.Purpose == PurposeAuthorize && !facts.Client.FirstParty && facts.Consent.Account != n.Account && facts.Interaction == nil:
		t.Fatalf("seed %d: INV-A4: nobody agreed", seed)
	case (asks(PromptLogin) || asks(PromptCreate)) && (facts.Interaction == nil || len(facts.Interaction.Authentications) == 0):
		t.Fatalf("seed %d: OC-11: prompt=login without a sign-in here", seed)
	case asks(PromptSelect) && (facts.Interaction == nil || facts.Interaction.PickedAt.IsZero() && len(facts.Interaction.Authentications) == 0):
		t.Fatalf("seed %d: OC-12: prompt=select_account without a pick", seed)
	}
}
