package saml

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestSM01_SM16_signIn(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) {
		i.Attributes.Claims = map[string]string{"groups": "groups"}
		i.Domains = []string{"example.com"}
	})
	r := w.ask()
	if r.where != signOn || len(r.relay) == 0 || len(r.relay) > maxRelayState {
		t.Errorf("sent to %s with %q", r.where, r.relay)
	}
	i := w.identified(w.bring(r, w.good(r)))
	if i.Key.Kind != "saml:okta" || len(i.Key.Handle) != 43 || i.Issuer != entity || i.Subject != "mara-7" || !i.Stable {
		t.Errorf("%+v", i)
	}
	p := i.Profile
	if p.Email != mara || !p.EmailVerified || !i.EmailTrusted || p.Name != "Mara Lindqvist" || string(p.Claims["groups"]) != `["staff","admins"]` {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(i.AMR, []string{"fed"}) || i.SessionIndex != "s1" || !i.AuthTime.Equal(w.at) || !i.SessionEnds.IsZero() {
		t.Errorf("%+v", i)
	}
}

// RP-14: an address is proven only where the identity provider gives it out, or
// says so by an attribute that is configured.
func TestRP14_addressOfAnotherDomain(t *testing.T) {
	for name, change := range map[string]func(*IdentityProvider){
		"no domains":            func(*IdentityProvider) {},
		"another domain":        func(i *IdentityProvider) { i.Domains = []string{"other.example"} },
		"a domain that ends so": func(i *IdentityProvider) { i.Domains = []string{"ample.com"} },
		"not said":              func(i *IdentityProvider) { i.Domains, i.Attributes.EmailVerified = []string{"example.com"}, "verified" },
	} {
		w := newWorld(t, change)
		r := w.ask()
		if i := w.identified(w.bring(r, w.good(r))); i.Profile.EmailVerified {
			t.Errorf("%s: proven", name)
		}
	}
}

func TestSM18_request(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) {
		i.SignRequests, i.NameIDFormat, i.Contexts = true, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", []string{"urn:one", "urn:two"}
	})
	r := w.ask()
	e := r.element
	for name, want := range map[string]string{
		"Version": "2.0", "Destination": signOn, "AssertionConsumerServiceURL": acs, "ProtocolBinding": bindingPost, "ForceAuthn": "",
	} {
		if got := attribute(e, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if text(only(e, nsAssertion, "Issuer")) != own || len(r.id()) != 41 {
		t.Errorf("issuer %q, id %q", text(only(e, nsAssertion, "Issuer")), r.id())
	}
	classes := children(only(e, nsProtocol, "RequestedAuthnContext"), nsAssertion, "AuthnContextClassRef")
	if len(classes) != 2 || text(classes[1]) != "urn:two" {
		t.Errorf("contexts %d", len(classes))
	}
	q, err := splitQuery(r.raw)
	must(err)
	mine, err := parseKey(keys().own)
	must(err)
	if err := verifyQuery(q, "SAMLRequest", certificates(mine)); err != nil {
		t.Error(err)
	}
	if again := w.ask(); again.id() == r.id() || again.relay == r.relay {
		t.Error("a request like the one before")
	}
}

func TestSM18_requestByPostIsSignedInside(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) { i.SignRequests, i.Post = true, true })
	r := w.ask()
	mine, err := parseKey(keys().own)
	must(err)
	if _, err := verify(r.element, certificates(mine)); err != nil {
		t.Error(err)
	}
	if r.element.ChildElements()[1].Tag != "Signature" { // SAML-C section 3.2.1: Issuer, Signature, …
		t.Error("the signature is not where the schema wants it")
	}
	w.identified(w.bring(r, w.good(r)))
}

// What asks the identity provider to ask anew, and that it did.
func TestSM18_OC11_fresh(t *testing.T) {
	hour := time.Hour
	for name, change := range map[string]func(*core.Turn){
		"prompt=login":     func(t *core.Turn) { t.Request = &core.AuthorizationRequest{Prompt: []string{core.PromptLogin}} },
		"max_age":          func(t *core.Turn) { t.Request = &core.AuthorizationRequest{MaxAge: &hour} },
		"a known account":  func(t *core.Turn) { t.Account = core.Account{ID: core.NewID(t.At)} },
		"no client at all": func(t *core.Turn) { t.Request, t.Account = nil, core.Account{ID: core.NewID(t.At)} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change(&w.turn)
			r := w.ask()
			if attribute(r.element, "ForceAuthn") != "true" {
				t.Error("not asked for")
			}
			signedIn := `AuthnInstant="` + stamped(w.at) + `"`
			old := strings.Replace(w.assertion(r), signedIn, `AuthnInstant="`+stamped(w.at.Add(-2*time.Minute))+`"`, 1)
			w.refused(w.bring(r, w.response(r, w.idp.sign(old))), reasonFresh)
			r = w.ask()
			w.identified(w.bring(r, w.good(r)))
		})
	}
}

func TestOC15_multiFactorIsAskedForAndSeen(t *testing.T) {
	const many = "https://refeds.org/profile/mfa"
	w := newWorld(t, func(i *IdentityProvider) { i.MultiFactorContexts = []string{many} })
	w.turn.MultiFactor = true
	r := w.ask()
	if got := text(only(only(r.element, nsProtocol, "RequestedAuthnContext"), nsAssertion, "AuthnContextClassRef")); got != many {
		t.Errorf("asked for %q", got)
	}
	w.refused(w.bring(r, w.good(r)), reasonContext)
	r = w.ask()
	shown := strings.Replace(w.assertion(r), "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", many, 1)
	i := w.identified(w.bring(r, w.response(r, w.idp.sign(shown))))
	if !slices.Equal(i.AMR, []string{"fed", "mfa"}) || i.ACR != many {
		t.Errorf("%v %q", i.AMR, i.ACR)
	}
}

func TestSM01_whichElementBearsTheSignature(t *testing.T) {
	for _, test := range []struct {
		want                Signed
		assertion, response bool
		refused             reason
	}{
		{SignedAssertion, true, false, ""}, {SignedAssertion, true, true, ""}, {SignedAssertion, false, true, reasonUnsigned}, {SignedAssertion, false, false, reasonUnsigned},
		{SignedResponse, true, false, reasonUnsigned}, {SignedResponse, true, true, ""}, {SignedResponse, false, true, ""}, {SignedResponse, false, false, reasonUnsigned},
		{SignedBoth, true, false, reasonUnsigned}, {SignedBoth, true, true, ""}, {SignedBoth, false, true, reasonUnsigned}, {SignedBoth, false, false, reasonUnsigned},
	} {
		w := newWorld(t, func(i *IdentityProvider) { i.Signed = test.want })
		r := w.ask()
		assertion := w.assertion(r)
		if test.assertion {
			assertion = w.idp.sign(assertion)
		}
		response := w.response(r, assertion)
		if test.response {
			response = w.idp.sign(response)
		}
		if reply := w.bring(r, response); test.refused == "" {
			w.identified(reply)
		} else {
			w.refused(reply, test.refused)
		}
	}
}

func TestSM19_severalKeysAndCurves(t *testing.T) {
	for name, signer := range map[string]*fakeIDP{"the key after": keys().other, "an elliptic curve": keys().curve} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(i *IdentityProvider) { i.Metadata = []byte(keys().idp.metadata(keys().other, keys().curve)) })
			r := w.ask()
			signed := signer.sign(w.assertion(r))
			if signer == keys().curve {
				signed = rawCurve(signed)
			}
			w.identified(w.bring(r, w.response(r, signed)))
		})
	}
}

func TestSM12_sessionEndsWithTheirs(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	ends := w.at.Add(time.Hour)
	capped := strings.Replace(w.assertion(r), `SessionIndex="s1"`, `SessionIndex="s1" SessionNotOnOrAfter="`+stamped(ends)+`"`, 1)
	if i := w.identified(w.bring(r, w.response(r, w.idp.sign(capped)))); !i.SessionEnds.Equal(ends) {
		t.Errorf("ends %s", i.SessionEnds)
	}
}

// Who is named how (SM-16, SAM27).
func TestSM16_SAM27_names(t *testing.T) {
	identity := func(t *testing.T, change func(string) string, terms ...func(*IdentityProvider)) core.Identity {
		w := newWorld(t, terms...)
		r := w.ask()
		return w.identified(w.bring(r, w.response(r, w.idp.sign(change(w.assertion(r))))))
	}
	replace := func(from, to string) func(string) string {
		return func(s string) string { return strings.Replace(s, from, to, 1) }
	}
	same := func(s string) string { return s }
	plain := identity(t, same)
	if other := identity(t, replace(">mara-7<", ">mara-8<")); other.Key == plain.Key {
		t.Error("two people, one key")
	}
	if other := identity(t, replace("<saml:NameID ", `<saml:NameID SPNameQualifier="https://other.example" `)); other.Key == plain.Key {
		t.Error("a qualifier was not looked at")
	}
	if other := identity(t, replace("<saml:NameID ", `<saml:NameID NameQualifier="`+entity+`" SPNameQualifier="`+own+`" `)); other.Key != plain.Key {
		t.Error("a qualifier that says nothing new made another person")
	}
	if other := identity(t, replace("nameid-format:persistent", "nameid-format:transient")); other.Stable {
		t.Error("a transient name is called stable")
	}
	byAttribute := func(i *IdentityProvider) { i.SubjectAttribute = "email" }
	if by := identity(t, replace("nameid-format:persistent", "nameid-format:transient"), byAttribute); !by.Stable || by.Subject != mara {
		t.Errorf("%+v", by)
	}
	w := newWorld(t, func(i *IdentityProvider) { i.SubjectAttribute = "groups" })
	r := w.ask()
	w.refused(w.bring(r, w.good(r)), reasonSubject)
}

// An attribute that stands twice gives no value rather than one of them (SAM25).
func TestSAM25_duplicateAttributes(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	twice := strings.Replace(w.assertion(r), "<saml:AttributeStatement>",
		`<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>admin@example.com</saml:AttributeValue></saml:Attribute>`, 1)
	i := w.identified(w.bring(r, w.response(r, w.idp.sign(twice))))
	if i.Profile.Email != "" || i.EmailTrusted || i.Profile.Claims != nil {
		t.Errorf("%+v", i.Profile)
	}
}

func TestLinking_isNotForced(t *testing.T) {
	w := newWorld(t)
	w.turn.Purpose, w.turn.Account = core.TurnEnrol, core.Account{ID: core.NewID(w.at)}
	r := w.ask()
	if attribute(r.element, "ForceAuthn") != "" {
		t.Error("forced")
	}
	w.identified(w.bring(r, w.good(r)))
	w.turn.Purpose = core.TurnSecond
	_, err := w.a.Begin(t.Context(), w.turn)
	var page *core.PageError
	if !errors.As(err, &page) || page.Name != "not_found" {
		t.Errorf("%v", err)
	}
}

// RP-10: nothing is begun for a connection that nobody named. The account page
// offers what serves TurnEnrol, and would lead round in circles.
func TestRP10_ConnectionsAreNotSetUpFromTheAccountPage(t *testing.T) {
	a, err := Connections(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if step, offered := a.Starts()[core.TurnEnrol]; offered {
		t.Errorf("offered at %q", step)
	}
}

// The page after a failure asks again.
func TestTryAgain(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	w.refused(w.bring(r, "<x/>"), reasonMalformed)
	turn := w.turn
	turn.At, turn.Notes, turn.Form = w.at, w.notes, url.Values{"again": {"1"}}
	reply, err := w.a.Continue(t.Context(), turn)
	must(err)
	w.notes = keepOf(reply).Notes
	r = w.readRequest(reply)
	w.identified(w.bring(r, w.good(r)))
}
