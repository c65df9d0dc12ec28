package core

import (
	"testing"
	"time"
)

var (
	annID  = ID{0xa}
	bobID  = ID{0xb}
	appNow = Hash{0xc} // digest of the client
	shown  = Hash{0xd} // digest of the consent page
)

func person(id ID) Account {
	return Account{ID: id, SignInEpoch: 7, Profile: Profile{Email: "x@example.com", EmailVerified: true}}
}

// signedIn is a session that stands, of somebody who signed in an hour ago.
func signedIn(id ID) SignedIn {
	return SignedIn{
		Account: person(id),
		Session: Session{
			ID: ID{id[0], 1}, Account: id, SignInEpoch: 7, Ends: testAt.Add(time.Hour), IdleEnds: testAt.Add(time.Hour),
			SessionTerms: SessionTerms{Authentications: []Authentication{{Account: id, AMR: []string{"pwd"}, At: testAt.Add(-time.Hour), SignInEpoch: 7}}},
		},
	}
}

// agreed is Ann signed in and agreed: nothing is needed.
func agreed() *Facts {
	access := []Access{{Scopes: []string{"openid", "profile"}}}
	return &Facts{
		At: testAt, Purpose: PurposeAuthorize, Request: AuthorizationRequest{Client: "app", Access: access},
		SignedIn: []SignedIn{signedIn(annID)}, Account: person(annID),
		Client: Client{ID: "app", Lane: LaneSeeded}, ClientHash: appNow, Shown: shown, Remembers: true, FreshFor: 5 * time.Minute,
		Consent: Consent{Account: annID, Client: "app", ConsentTerms: ConsentTerms{Access: access, Remembered: true, ClientHash: appNow}},
	}
}

// facts builds upon agreed.
func facts(changes ...func(*Facts)) Facts {
	f := agreed()
	for _, change := range changes {
		change(f)
	}
	return *f
}

func nobody(f *Facts)          { f.SignedIn, f.Account, f.Consent = nil, Account{}, Consent{} }
func annAndBob(f *Facts)       { f.SignedIn = append(f.SignedIn, signedIn(bobID)) }
func noConsent(f *Facts)       { f.Consent = Consent{} }
func stored(f *Facts)          { f.Interaction = &Interaction{} }
func account(p Account) change { return func(f *Facts) { f.Account = p } }
func prompt(p ...string) change {
	return func(f *Facts) { f.Request.Prompt = append(f.Request.Prompt, p...) }
}
func hint(id ID) change  { return func(f *Facts) { f.Request.HintedSub = Subject(id) } }
func claim(id ID) change { return func(f *Facts) { f.Request.ClaimedSub = Subject(id) } }
func maxAge(d time.Duration) change {
	return func(f *Facts) { f.Request.MaxAge = &d }
}

// chose is an account left over or carried along; picked is one on purpose.
func chose(id ID) change {
	return func(f *Facts) {
		if f.Interaction == nil {
			stored(f)
		}
		f.Interaction.Chosen, f.Account = id, person(id)
	}
}

func picked(id ID) change {
	return func(f *Facts) { chose(id)(f); f.Interaction.PickedAt = testAt }
}

// here signs somebody in in this interaction, some time ago.
func here(id ID, ago time.Duration) change {
	return func(f *Facts) {
		chose(id)(f)
		f.Interaction.Authentications = append(f.Interaction.Authentications,
			Authentication{Account: id, Method: "password", AMR: []string{"pwd"}, At: testAt.Add(-ago), SignInEpoch: 7})
	}
}

func decided(allow bool, digest Hash) change {
	return func(f *Facts) {
		if f.Interaction == nil {
			stored(f)
		}
		f.Interaction.Decision = &ConsentDecision{Allow: allow, Digest: digest, At: testAt}
	}
}

type change = func(*Facts)

// nextCase is facts and what they need.
type nextCase struct {
	name    string
	changes []change
	want    Need
}

func checkNext(t *testing.T, cases []nextCase) {
	t.Helper()
	for _, c := range cases {
		if got := Next(facts(c.changes...)); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func free(id ID) Need                 { return Need{Account: id} }
func signIn() Need                    { return Need{Step: StepSignIn} }
func again(id ID) Need                { return Need{Step: StepSignIn, Account: id, Fresh: true} }
func consent(id ID) Need              { return Need{Step: StepConsent, Account: id} }
func silent(n Need, e ErrorCode) Need { n.Error = e; return n }

func TestNext_whoIsThere(t *testing.T) {
	checkNext(t, []nextCase{
		{"signed in and agreed", nil, free(annID)},
		{"nobody", []change{nobody}, signIn()},
		{"two", []change{annAndBob}, Need{Step: StepAccounts}},
		{"two sessions of one", []change{func(f *Facts) { f.SignedIn = append(f.SignedIn, signedIn(annID)) }}, free(annID)},
		{"three, the first twice", []change{annAndBob, func(f *Facts) { f.SignedIn = append(f.SignedIn, signedIn(annID)) }}, Need{Step: StepAccounts}},
		{"two, Ann picked", []change{annAndBob, picked(annID)}, free(annID)},
		{"two, Bob picked", []change{annAndBob, picked(bobID)}, consent(bobID)},
		{"session over", []change{func(f *Facts) { f.SignedIn[0].Session.Ends = testAt }}, signIn()},
		{"session idle", []change{func(f *Facts) { f.SignedIn[0].Session.IdleEnds = testAt }}, signIn()},
		{"signed out", []change{func(f *Facts) { f.SignedIn[0].Session.Ended = true }}, signIn()},
		{"stale epoch", []change{func(f *Facts) { f.SignedIn[0].Account.SignInEpoch++ }}, signIn()},
		{"disabled", []change{func(f *Facts) { f.SignedIn[0].Account.Disabled = true }}, signIn()},
		{"deleted", []change{func(f *Facts) { f.SignedIn[0].Account.Deleted = true }}, signIn()},
		{"session of another account", []change{func(f *Facts) { f.SignedIn[0].Session.Account = bobID }}, signIn()},
		{"INV-A4 session in which nobody signed in", []change{func(f *Facts) { f.SignedIn[0].Session.Authentications = nil }}, signIn()},
		{"picked, then signed out", []change{picked(annID), func(f *Facts) { f.SignedIn = nil }}, again(annID)},
		{"picked one who is not there", []change{picked(bobID)}, again(bobID)},
		{"signed in here", []change{nobody, here(annID, time.Minute)}, consent(annID)},
		{"signed in here, epoch moved", []change{nobody, here(annID, time.Minute), func(f *Facts) { f.Account.SignInEpoch++ }}, again(annID)},
		{"signed in here, then disabled", []change{nobody, here(annID, time.Minute), func(f *Facts) { f.Account.Disabled = true }}, again(annID)},
		{"signed in here, account not loaded", []change{nobody, here(annID, time.Minute), account(Account{})}, again(annID)},
		{"Bob signed in here, Ann picked", []change{nobody, here(bobID, time.Minute), picked(annID)}, again(annID)},
	})
}

func TestNext_AUT08_prompts(t *testing.T) {
	checkNext(t, []nextCase{
		{"OC-11 login", []change{prompt(PromptLogin)}, again(annID)},
		{"OC-11 login, done", []change{prompt(PromptLogin), here(annID, time.Minute)}, free(annID)},
		{"OC-11 login, only picked", []change{prompt(PromptLogin), picked(annID)}, again(annID)},
		{"OC-11 login, done by Bob", []change{prompt(PromptLogin), here(bobID, time.Minute), picked(annID)}, again(annID)},
		{"OC-12 consent", []change{prompt(PromptConsent)}, consent(annID)},
		{"OC-12 consent, given", []change{prompt(PromptConsent), decided(true, shown)}, free(annID)},
		{"OC-12 consent, first party", []change{prompt(PromptConsent), func(f *Facts) { f.Client.FirstParty = true }}, consent(annID)},
		{"OC-12 select", []change{prompt(PromptSelect)}, Need{Step: StepAccounts}},
		{"OC-12 select, picked", []change{prompt(PromptSelect), picked(annID)}, free(annID)},
		{"OC-12 select, left over", []change{prompt(PromptSelect), chose(annID)}, Need{Step: StepAccounts}},
		{"OC-12 select, nobody", []change{prompt(PromptSelect), nobody}, signIn()},
		{"OC-12 select, signed in here", []change{prompt(PromptSelect), here(annID, 0)}, free(annID)},
		{"select and hint", []change{prompt(PromptSelect), hint(annID)}, Need{Step: StepAccounts}},
		{"login and select", []change{prompt(PromptLogin, PromptSelect)}, Need{Step: StepAccounts}},
		{"login and select, picked", []change{prompt(PromptLogin, PromptSelect), picked(annID)}, again(annID)},
		{"all three, signed in", []change{prompt(PromptLogin, PromptSelect, PromptConsent), here(annID, 0)}, consent(annID)},
		{"all three, done", []change{prompt(PromptLogin, PromptSelect, PromptConsent), here(annID, 0), decided(true, shown)}, free(annID)},
		{"OC-13 create, nobody", []change{prompt(PromptCreate), nobody}, Need{Step: StepSignUp}},
		{"OC-13 create, signed in", []change{prompt(PromptCreate)}, Need{Step: StepSignUp}},
		{"OC-13 create, two", []change{prompt(PromptCreate), annAndBob}, Need{Step: StepSignUp}},
		{"OC-13 create, done", []change{prompt(PromptCreate), nobody, here(bobID, 0)}, consent(bobID)},
		{"OC-13 create, signed in instead", []change{prompt(PromptCreate), here(annID, 0)}, free(annID)},
		{"OC-13 create, only picked", []change{prompt(PromptCreate), picked(annID)}, again(annID)},
		{"OC-10 unknown", []change{prompt("dance")}, free(annID)},
	})
}

func TestNext_AUT07_silent(t *testing.T) {
	checkNext(t, []nextCase{
		{"signed in and agreed", []change{prompt(PromptNone)}, free(annID)},
		{"nobody", []change{prompt(PromptNone), nobody}, silent(signIn(), LoginRequired)},
		{"over", []change{prompt(PromptNone), func(f *Facts) { f.SignedIn[0].Session.Ends = testAt }}, silent(signIn(), LoginRequired)},
		{"two", []change{prompt(PromptNone), annAndBob}, silent(Need{Step: StepAccounts}, AccountSelectionRequired)},
		{"two, one hinted", []change{prompt(PromptNone), annAndBob, hint(annID)}, free(annID)},
		{"AUT19 hint for another", []change{prompt(PromptNone), hint(bobID)}, silent(signIn(), LoginRequired)},
		{"AUT19 two, hint for a third", []change{prompt(PromptNone), annAndBob, hint(ID{3})}, silent(signIn(), LoginRequired)},
		{"no consent", []change{prompt(PromptNone), noConsent}, silent(consent(annID), ConsentRequired)},
		{"too old", []change{prompt(PromptNone), maxAge(time.Minute)}, silent(again(annID), LoginRequired)},
		{"unverified", []change{prompt(PromptNone), unverified}, silent(Need{Step: StepVerifyEmail, Account: annID}, InteractionRequired)},
		{"unmet acr", []change{prompt(PromptNone), mustACR("gold")}, Need{Step: StepRefuse, Account: annID, Error: UnmetAuthentication}},
		{"with login", []change{prompt(PromptNone, PromptLogin)}, silent(again(annID), LoginRequired)},
	})
}

func unverified(f *Facts) { f.RequireVerifiedEmail, f.Account.EmailVerified = true, false }

func mustACR(v ...string) change { return func(f *Facts) { f.Request.ACRMust = v } }

func TestNext_OC14_maxAge(t *testing.T) {
	checkNext(t, []nextCase{
		{"within", []change{maxAge(time.Hour + time.Minute)}, free(annID)},
		{"to the second", []change{maxAge(time.Hour)}, free(annID)},
		{"1 µs over", []change{maxAge(time.Hour - µs)}, again(annID)},
		{"0", []change{maxAge(0)}, again(annID)},
		{"0, signed in just now elsewhere", []change{maxAge(0), func(f *Facts) { f.SignedIn[0].Session.Authentications[0].At = testAt }}, again(annID)},
		{"0, done", []change{maxAge(0), here(annID, 0)}, free(annID)},
		{"a minute, done, then dawdled", []change{maxAge(time.Minute), here(annID, 10*time.Minute)}, free(annID)},
		{"done by another", []change{maxAge(time.Minute), here(bobID, 0), picked(annID)}, again(annID)},
		{"the younger of two sessions", []change{maxAge(time.Minute), func(f *Facts) {
			young := signedIn(annID)
			young.Session.Authentications[0].At = testAt
			f.SignedIn = []SignedIn{young, f.SignedIn[0]}
		}}, free(annID)},
	})
}

func TestNext_OC17_whomTheClientAsksFor(t *testing.T) {
	checkNext(t, []nextCase{
		{"hint met", []change{hint(annID)}, free(annID)},
		{"hint for another", []change{hint(bobID)}, signIn()},
		{"hint picks among two", []change{annAndBob, hint(bobID)}, consent(bobID)},
		{"claim picks among two", []change{annAndBob, claim(annID)}, free(annID)},
		{"hint and claim differ", []change{annAndBob, hint(annID), claim(bobID)}, signIn()},
		{"hint and claim differ, Ann signed in", []change{hint(annID), claim(bobID), here(annID, 0)}, Need{Step: StepRefuse, Account: annID, Error: LoginRequired}},
		{"another picked", []change{annAndBob, hint(annID), picked(bobID)}, signIn()},
		{"another signed in here", []change{hint(annID), here(bobID, 0)}, Need{Step: StepRefuse, Account: bobID, Error: LoginRequired}},
		{"nobody", []change{nobody, hint(annID)}, signIn()},
		{"not an account", []change{func(f *Facts) { f.Request.HintedSub = "usr_x" }}, signIn()},
		{"hint, with login", []change{prompt(PromptLogin), annAndBob, hint(annID)}, again(annID)},
	})
}
