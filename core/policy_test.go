package core

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// someMethods are what a provider may have: password, e-mail code, another
// identity provider, a passkey, a code generator and recovery codes.
func someMethods() []MethodFacts {
	return []MethodFacts{
		{"password", true, false, false},
		{MethodEmailCode, true, true, false},
		{"upstream:corp", true, false, true},
		{MethodPasskey, true, true, true},
		{"totp", false, true, true},
		{MethodRecoveryCode, false, true, true},
	}
}

// under puts a policy in force.
func under(p Policy) change {
	return func(f *Facts) {
		f.Policy = p.For(someMethods())
		for _, m := range someMethods() {
			if m.Enrol {
				f.Enrols = append(f.Enrols, m.Method)
			}
		}
		// Whoever is signed in already is so by password, an hour ago.
		for n := range f.SignedIn {
			f.SignedIn[n].Session.Authentications[0].Method = "password"
		}
	}
}

// has is what Ann could show.
func has(methods ...string) change { return func(f *Facts) { f.Usable = methods } }

// showed adds what Ann showed in her session some time ago, as a second factor
// where it is none to begin with.
func showed(method, amr string, ago time.Duration) change {
	return func(f *Facts) {
		s := &f.SignedIn[0].Session
		s.Authentications = append(s.Authentications, shownBy(method, amr, ago))
	}
}

// only is what Ann showed in her session, and nothing else.
func only(method, amr string, ago time.Duration) change {
	return func(f *Facts) { f.SignedIn[0].Session.Authentications = []Authentication{shownBy(method, amr, ago)} }
}

// shows is what Ann shows in this interaction.
func shows(method, amr string) change {
	return func(f *Facts) {
		chose(annID)(f)
		f.Interaction.Authentications = append(f.Interaction.Authentications, shownBy(method, amr, 0))
	}
}

func shownBy(method, amr string, ago time.Duration) Authentication {
	second := method == "totp" || method == MethodRecoveryCode || strings.HasPrefix(method, "2:")
	return Authentication{
		Account: annID, Method: strings.TrimPrefix(method, "2:"), AMR: strings.Fields(amr), At: testAt.Add(-ago), SignInEpoch: 7, Second: second,
	}
}

func required(r Requirement) change { return func(f *Facts) { f.Required = r } }
func wants(acr ...string) change    { return func(f *Facts) { f.Request.ACRValues = acr } }
func clientWants(acr ...string) change {
	return func(f *Facts) { f.Client.RequireACR = acr }
}
func remembered(f *Facts) { f.Remembered = true }
func managing(f *Facts) {
	f.Purpose = PurposeAccount
	if f.Interaction == nil {
		stored(f)
	}
}

func second() Need                { return Need{Step: StepSecond, Account: annID} }
func enrol() Need                 { return Need{Step: StepEnrol, Account: annID} }
func refused(code ErrorCode) Need { return Need{Step: StepRefuse, Account: annID, Error: code} }
func shut() Need                  { n := refused(AccessDenied); n.Partial = true; return n }

const long = 50 * time.Minute

func TestNext_MF05_secondFactors(t *testing.T) {
	usual, two := under(Policy{}), under(Policy{Require: Requirement{Second: true}})
	checkNext(t, []nextCase{
		{"nothing set up", []change{usual, has("password")}, free(annID)},
		{"set up", []change{usual, has("password", "totp")}, second()},
		{"only a passkey beside", []change{usual, has("password", MethodPasskey)}, free(annID)},
		{"only recovery codes left", []change{usual, has("password", MethodRecoveryCode)}, free(annID)},
		{"shown", []change{usual, has("password", "totp"), showed("totp", "otp", long)}, free(annID)},
		{"a spare one shown", []change{usual, has("password", "totp"), showed(MethodRecoveryCode, "otp", long)}, free(annID)},
		{"a passkey that knows its owner", []change{usual, has("totp"), only(MethodPasskey, "hwk mfa", long)}, free(annID)},
		{"a passkey that does not", []change{usual, has("totp", MethodPasskey), only(MethodPasskey, "hwk", long)}, second()},
		{"on demand", []change{under(Policy{InsecureSecondOnDemand: true}), has("totp")}, free(annID)},
		{"second factor alone", []change{usual, has("totp"), only("totp", "otp", 0)}, again(annID)},
		{"passkey as second, alone", []change{usual, has("totp"), only("2:"+MethodPasskey, "hwk", 0)}, again(annID)},
		{"signed in here", []change{usual, nobody, has("totp"), shows("password", "pwd")}, second()},
		{"all here", []change{usual, nobody, has("totp"), shows("password", "pwd"), shows("totp", "otp")}, consent(annID)},
		{"here, epoch moved", []change{usual, nobody, has("totp"), shows("password", "pwd"), shows("totp", "otp"), func(f *Facts) { f.Account.SignInEpoch++ }}, again(annID)},
		{"silent", []change{usual, has("totp"), prompt(PromptNone)}, silent(second(), InteractionRequired)},

		{"two wanted", []change{two, has("password", "totp")}, second()},
		{"two wanted, passkey as second", []change{two, has("password", MethodPasskey)}, second()},
		{"the same twice", []change{two, has("password"), showed("password", "pwd", 0)}, enrol()},
		{"the mail is none", []change{two, has("password", MethodEmailCode), showed("2:"+MethodEmailCode, "otp", 0)}, again(annID)},
		{"unless the policy says so", []change{under(Policy{Seconds: []string{MethodEmailCode}, Require: Requirement{Second: true}}), has(MethodEmailCode), showed("2:"+MethodEmailCode, "otp", 0)}, free(annID)},
		{"RP-16 another identity provider", []change{two, has("upstream:corp", "totp"), only("upstream:corp", "fed", long)}, second()},
		{"RP-16 one trusted for it", []change{two, has("upstream:corp"), only("upstream:corp", "fed mfa", long)}, free(annID)},
		{"by mail, then a generator", []change{two, has(MethodEmailCode, "totp"), only(MethodEmailCode, "otp", 0), showed("totp", "otp", 0)}, free(annID)},
		{"passkey again, to know its owner", []change{two, nobody, has(MethodPasskey), shows(MethodPasskey, "hwk")}, second()},
		{"first method not allowed any more", []change{under(Policy{First: []string{MethodPasskey}}), has("password")}, again(annID)},
	})
}

func TestNext_WN24_settingUp(t *testing.T) {
	two := under(Policy{Require: Requirement{Second: true}})
	resistant := under(Policy{Require: Requirement{PhishingResistant: true}})
	checkNext(t, []nextCase{
		{"an hour after signing in", []change{two, has("password")}, again(annID)},
		{"just signed in", []change{two, nobody, has("password"), shows("password", "pwd")}, enrol()},
		{"recovery codes are left: first those", []change{resistant, nobody, has(MethodRecoveryCode), shows("password", "pwd")}, second()},
		{"something else is: first that", []change{resistant, nobody, has("totp"), shows("password", "pwd")}, second()},
		{"that was shown long ago", []change{resistant, has("totp"), showed("totp", "otp", long), shows("password", "pwd")}, second()},
		{"that was shown", []change{resistant, nobody, has("totp"), shows("password", "pwd"), shows("totp", "otp")}, enrol()},
		{"address first", []change{two, nobody, has("password"), shows("password", "pwd"), unverified}, Need{Step: StepVerifyEmail, Account: annID}},
		{"silent", []change{two, has("password"), shows("password", "pwd"), prompt(PromptNone)}, silent(enrol(), InteractionRequired)},
		{"nothing can be set up", []change{two, has("password"), shows("password", "pwd"), func(f *Facts) { f.Enrols = nil }}, shut()},
		{"refused", []change{under(Policy{}), required(Requirement{Refuse: true})}, shut()},
		{"organization", []change{under(Policy{}), has("totp"), required(Requirement{Second: true})}, second()},
		{"the hook wants one method", []change{under(Policy{}), has("password"), required(Requirement{Methods: []string{"upstream:corp"}})}, again(annID)},
		{"the hook wants it younger", []change{under(Policy{}), has("password"), required(Requirement{MaxAge: time.Minute})}, again(annID)},
		{"and it is", []change{under(Policy{}), has("password"), required(Requirement{MaxAge: time.Minute}), shows("password", "pwd")}, free(annID)},
	})
}

func TestNext_OC15_levels(t *testing.T) {
	usual := under(Policy{InsecureSecondOnDemand: true})
	checkNext(t, []nextCase{
		{"wish met", []change{usual, wants(ACROneFactor)}, free(annID)},
		{"wish within reach", []change{usual, wants(ACRTwoFactors), has("totp")}, second()},
		{"wish out of reach", []change{usual, wants(ACRTwoFactors), has("password")}, free(annID)},
		{"wish, second choice", []change{usual, wants("phr", ACRTwoFactors), has("totp")}, second()},
		{"wish, silent", []change{usual, wants(ACRTwoFactors), has("totp"), prompt(PromptNone)}, free(annID)},
		{"must met", []change{usual, mustACR(ACROneFactor)}, free(annID)},
		{"must within reach", []change{usual, mustACR(ACRTwoFactors), has("totp")}, second()},
		{"must out of reach", []change{usual, mustACR(ACRTwoFactors), has("password")}, refused(UnmetAuthentication)},
		{"must, one of two", []change{usual, mustACR("gold", ACROneFactor)}, free(annID)},
		{"must, a key that is not in hardware", []change{usual, mustACR("phrh"), has(MethodPasskey), shows("password", "pwd"), shows("2:"+MethodPasskey, "swk mfa")}, refused(UnmetAuthentication)},
		{"client, out of reach", []change{usual, clientWants(ACRTwoFactors), has("password"), shows("password", "pwd")}, enrol()},
		{"client, unknown", []change{usual, clientWants("gold")}, refused(UnmetAuthentication)},
		{"MF-07 remembered", []change{under(Policy{}), has("totp"), remembered}, free(annID)},
		{"MF-07 remembered, required", []change{under(Policy{Require: Requirement{Second: true}}), has("totp"), remembered}, free(annID)},
		{"MF-07 remembered, wish", []change{under(Policy{}), has("totp"), remembered, wants(ACROneFactor)}, second()},
		{"MF-07 remembered, must", []change{under(Policy{}), has("totp"), remembered, mustACR(ACRTwoFactors)}, second()},
		{"MF-07 remembered, client", []change{under(Policy{}), has("totp"), remembered, clientWants(ACRTwoFactors)}, second()},
		{"MF-07 remembered, max_age", []change{under(Policy{}), has("totp"), remembered, maxAge(2 * time.Hour)}, second()},
		{"MF-07 remembered, login", []change{under(Policy{}), has("totp"), remembered, prompt(PromptLogin), shows("password", "pwd")}, second()},
		{"MF-07 remembered, phishing-resistant", []change{under(Policy{Require: Requirement{PhishingResistant: true}}), has(MethodPasskey), remembered}, second()},
		{"MF-07 remembered, risk", []change{under(Policy{}), has("totp"), remembered, required(Requirement{Second: true, Anew: true})}, second()},
		{"MF-07 remembered, not offered any more", []change{under(Policy{RememberFor: -1}), has("totp"), remembered}, second()},
	})
}

func TestNext_SE09_managing(t *testing.T) {
	usual, act := under(Policy{InsecureSecondOnDemand: true}), Need{Step: StepAct, Account: annID}
	checkNext(t, []nextCase{
		{"nothing set up", []change{managing, usual, has("password"), shows("password", "pwd")}, act},
		{"only a passkey beside", []change{managing, usual, has("password", MethodPasskey), shows("password", "pwd")}, second()},
		{"by that passkey", []change{managing, usual, has("password", MethodPasskey), shows(MethodPasskey, "swk")}, act},
		{"second shown long ago", []change{managing, usual, has("totp"), showed("totp", "otp", long), shows("password", "pwd")}, second()},
		{"second shown", []change{managing, usual, has("totp"), shows("password", "pwd"), shows("totp", "otp")}, act},
		{"remembered", []change{managing, usual, has("totp"), shows("password", "pwd"), remembered}, second()},
		{"long ago", []change{managing, usual, has("totp"), showed("totp", "otp", 0)}, again(annID)},
	})
}

// Whatever is asked, showing all choices one after the other comes to an end.
func TestNext_SecondFactorsEnd(t *testing.T) {
	policies := []Policy{
		{}, {Require: Requirement{Second: true}}, {Require: Requirement{PhishingResistant: true}},
		{Require: Requirement{Second: true, PhishingResistant: true, HardwareKey: true}}, {Require: Requirement{Methods: []string{"totp"}}},
	}
	asks := []change{
		func(*Facts) {}, wants("phrh", "phr", ACRTwoFactors), mustACR("phrh"), mustACR("phr", ACRTwoFactors), clientWants("phrh"), managing,
		required(Requirement{Methods: []string{MethodRecoveryCode, MethodPasskey}}),
	}
	for _, p := range policies {
		for n, ask := range asks {
			for _, amr := range []string{"", "swk", "hwk mfa"} {
				f := facts(nobody, under(p), ask, shows("password", "pwd"), has("password", "totp", MethodPasskey, MethodRecoveryCode))
				for range 5 {
					need := Next(f)
					if need.Step != StepSecond {
						break
					}
					choices := f.Choices(need)
					if len(choices) == 0 {
						t.Fatalf("%+v, ask %d: nothing to choose", p, n)
					}
					shows("2:"+choices[0], amr)(&f)
				}
				if got := Next(f); got.Step == StepSecond {
					t.Errorf("%+v, ask %d, amr %q: never ends", p, n, amr)
				}
			}
		}
	}
}

func TestPolicy_RequirementsOnlyAdd(t *testing.T) {
	for _, tt := range []struct{ a, b, want Requirement }{
		{Requirement{}, Requirement{}, Requirement{}},
		{Requirement{Second: true}, Requirement{PhishingResistant: true, Anew: true}, Requirement{Second: true, PhishingResistant: true, Anew: true}},
		{Requirement{MaxAge: time.Hour}, Requirement{}, Requirement{MaxAge: time.Hour}},
		{Requirement{MaxAge: time.Hour}, Requirement{MaxAge: time.Minute}, Requirement{MaxAge: time.Minute}},
		{Requirement{}, Requirement{Methods: []string{"a"}}, Requirement{Methods: []string{"a"}}},
		{Requirement{Methods: []string{"a", "b"}}, Requirement{Methods: []string{"b", "c"}}, Requirement{Methods: []string{"b"}}},
		{Requirement{Methods: []string{"a"}}, Requirement{Methods: []string{"c"}}, Requirement{Refuse: true}},
		{Requirement{Refuse: true, HardwareKey: true}, Requirement{}, Requirement{Refuse: true, HardwareKey: true}},
	} {
		if got, back := tt.a.And(tt.b), tt.b.And(tt.a); !reflect.DeepEqual(got, tt.want) || !reflect.DeepEqual(back, tt.want) {
			t.Errorf("%+v and %+v: %+v and %+v", tt.a, tt.b, got, back)
		}
	}
}

func TestPolicy_OffersWhatCanBeReached(t *testing.T) {
	all := someMethods()
	for name, tt := range map[string]struct {
		methods []MethodFacts
		want    string
	}{
		"password":            {all[:1], ACROneFactor},
		"and mail":            {all[:2], ACROneFactor},
		"and a generator":     {[]MethodFacts{all[0], all[4]}, ACROneFactor + " " + ACRTwoFactors},
		"and recovery codes":  {[]MethodFacts{all[0], all[5]}, ACROneFactor + " " + ACRTwoFactors},
		"passkeys, no others": {all[3:4], ACROneFactor + " " + ACRTwoFactors + " phr phrh"},
	} {
		p := Policy{}.For(tt.methods)
		if got := strings.Join(p.Values(), " "); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// OC-07: what tokens say is what happened, and of what counts for the request.
func TestStrength(t *testing.T) {
	for _, tt := range []struct {
		name     string
		changes  []change
		acr, amr string
		ago      time.Duration
	}{
		{"password", nil, ACROneFactor, "pwd", time.Hour},
		{"two", []change{showed("totp", "otp", long)}, ACRTwoFactors, "pwd otp mfa", time.Hour},
		{"two, the first too old", []change{showed("totp", "otp", long), shows("password", "pwd"), maxAge(time.Minute)}, ACROneFactor, "pwd", 0},
		{"two, login", []change{showed("totp", "otp", long), shows("password", "pwd"), prompt(PromptLogin)}, ACROneFactor, "pwd", 0},
		{"remembered", []change{remembered}, ACROneFactor, "pwd", time.Hour},
		{"passkey", []change{only(MethodPasskey, "swk user mfa", long)}, "phr", "swk user mfa", long},
		{"passkey in hardware", []change{only(MethodPasskey, "hwk user mfa", long)}, "phrh", "hwk user mfa", long},
		{"asked for less", []change{only(MethodPasskey, "hwk mfa", long), wants("gold", ACRTwoFactors)}, ACRTwoFactors, "hwk mfa", long},
		{"another one's hardware", []change{only("upstream:corp", "hwk fed", long)}, ACROneFactor, "hwk fed", long},
		{"nobody", []change{nobody}, "", "", -1},
	} {
		f := facts(append([]change{under(Policy{})}, tt.changes...)...)
		acr, amr, at := f.Strength(annID)
		if got := strings.Join(amr, " "); acr != tt.acr || got != tt.amr || tt.ago >= 0 && !at.Equal(testAt.Add(-tt.ago)) {
			t.Errorf("%s: acr %q, amr %q, %v ago", tt.name, acr, got, testAt.Sub(at))
		}
	}
}
