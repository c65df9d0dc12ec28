package saml

import (
	"strings"
	"testing"
	"time"
)

// after is a time so long after noon.
func after(by time.Duration) string { return stamped(noon().Add(by)) }

// limits sets an attribute of the conditions.
func limits(name, value string) func(string) string {
	return func(s string) string {
		root := tree(s)
		called(root, "Conditions")[0].CreateAttr(name, value)
		return flat(root)
	}
}

// confirmed sets an attribute of the confirmation, or takes it away.
func confirmed(name, value string) func(string) string {
	return func(s string) string {
		root := tree(s)
		data := called(root, "SubjectConfirmationData")[0]
		if value == "" {
			data.RemoveAttr(name)
		} else {
			data.CreateAttr(name, value)
		}
		return flat(root)
	}
}

// Signed by the right one: not now, or for somebody else.
func TestSAM13_SAM14_timesAndAudience(t *testing.T) {
	for _, a := range timeAttacks() {
		t.Run(a.name, a.run)
	}
}

// timeAttacks are signed by the right one and are not now, or for somebody else.
func timeAttacks() []attack {
	now := after(0)
	return []attack{
		{name: "SAM13 conditions not yet", unsigned: limits("NotBefore", after(61*time.Second)), why: reasonExpired},
		{name: "SAM13 conditions no more", unsigned: limits("NotOnOrAfter", after(-60*time.Second)), why: reasonExpired},
		{name: "SAM13 conditions of no time", unsigned: limits("NotOnOrAfter", "tomorrow"), why: reasonExpired},
		{name: "SAM13 confirmation no more", unsigned: confirmed("NotOnOrAfter", after(-60*time.Second)), why: reasonExpired},
		{name: "SAM13 confirmation for ever", unsigned: confirmed("NotOnOrAfter", after(25*time.Hour)), why: reasonConfirmation},
		{name: "SM12 confirmation without an end", unsigned: confirmed("NotOnOrAfter", ""), why: reasonConfirmation},
		{name: "SM12 confirmation with NotBefore", unsigned: confirmed("NotBefore", now), why: reasonConfirmation},
		{name: "SAM13 their session ended", unsigned: swap(`SessionIndex="s1"`, `SessionIndex="s1" SessionNotOnOrAfter="`+after(-time.Minute)+`"`), why: reasonExpired},
		{name: "SAM13 signed in tomorrow", unsigned: swap(`AuthnInstant="`+now, `AuthnInstant="`+after(24*time.Hour)), why: reasonExpired},
		{name: "SAM13 issued tomorrow", signed: swap(`ID="r1" Version="2.0" IssueInstant="`+now, `ID="r1" Version="2.0" IssueInstant="`+after(24*time.Hour)), why: reasonExpired},
		{name: "SAM14 another audience", unsigned: swap("<saml:Audience>"+own, "<saml:Audience>https://other.example"), why: reasonAudience},
		{name: "SAM14 a longer audience", unsigned: swap("<saml:Audience>"+own, "<saml:Audience>"+own+"/x"), why: reasonAudience},
		{name: "SAM14 no audience", unsigned: cut("AudienceRestriction"), why: reasonAudience},
		{name: "SAM14 no conditions", unsigned: cut("Conditions"), why: reasonConditions},
		{name: "SM10 one restriction of two", unsigned: swap("</saml:Conditions>", "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction></saml:Conditions>"), why: reasonAudience},
		{name: "SM12 a condition nobody knows", unsigned: swap("</saml:Conditions>", "<saml:OnlyOnMondays/></saml:Conditions>"), why: reasonConditions},
		{name: "SM12 conditions twice", unsigned: func(s string) string {
			root := tree(s)
			root.AddChild(called(root, "Conditions")[0].Copy())
			return flat(root)
		}, why: reasonConditions},
	}
}

// Signed by the right one: meant for another address, or confirming nothing.
func TestSAM15_SM08_addressAndSubject(t *testing.T) {
	for _, a := range addressAttacks() {
		t.Run(a.name, a.run)
	}
}

// addressAttacks are signed by the right one and are meant for another address, or confirm nothing.
func addressAttacks() []attack {
	return []attack{
		{name: "SAM15 another recipient", unsigned: swap(`Recipient="`+acs, `Recipient="https://other.example/acs`), why: reasonDestination},
		{name: "SAM15 no recipient", unsigned: confirmed("Recipient", ""), why: reasonDestination},
		{name: "SAM15 another destination", signed: swap(`Destination="`+acs, `Destination="https://other.example/acs`), why: reasonDestination},
		{name: "SAM15 no destination", signed: swap(` Destination="`+acs+`"`, ``), why: reasonDestination},
		{name: "SM08 no confirmation", unsigned: cut("SubjectConfirmation"), why: reasonConfirmation},
		{name: "SM08 confirmation without data", unsigned: cut("SubjectConfirmationData"), why: reasonConfirmation},
		{name: "SM08 another confirmation", unsigned: swap(bearer, "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"), why: reasonConfirmation},
		{name: "SM08 no subject", unsigned: cut("Subject"), why: reasonSubject},
		{name: "SM16 no name", unsigned: cut("NameID"), why: reasonSubject},
		{name: "SM16 an empty name", unsigned: swap(">mara-7<", "> <"), why: reasonSubject},
		{name: "SM16 two names", unsigned: swap("</saml:NameID>", "</saml:NameID><saml:NameID>"+evil+"</saml:NameID>"), why: reasonSubject},
		{name: "SM18 no sign-in", unsigned: cut("AuthnStatement"), why: reasonMalformed},
	}
}

// Signed by the right one: an answer to something else, or from somebody else, or
// no success.
func TestSAM16_SAM24_requestIssuerAndStatus(t *testing.T) {
	for _, a := range requestAttacks() {
		t.Run(a.name, a.run)
	}
}

// requestAttacks are signed by the right one and answer something else, or are from somebody else, or are no success.
func requestAttacks() []attack {
	return []attack{
		{name: "SAM16 another request in the confirmation", unsigned: swap(`InResponseTo="_`, `InResponseTo="_0`), why: reasonRequest},
		{name: "SAM16 none in the confirmation", unsigned: confirmed("InResponseTo", ""), why: reasonRequest},
		{name: "SAM16 another request in the answer", signed: func(s string) string {
			root := tree(s)
			root.CreateAttr("InResponseTo", "_other")
			return flat(root)
		}, why: reasonRequest},
		{name: "SAM16 none in the answer", signed: func(s string) string {
			root := tree(s)
			root.RemoveAttr("InResponseTo")
			return flat(root)
		}, why: reasonRequest},
		{name: "SAM24 not success", signed: swap(statusSuccess, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"), why: reasonStatus},
		{name: "SAM24 version 1.1", signed: swap(`ID="r1" Version="2.0"`, `ID="r1" Version="1.1"`), why: reasonVersion},
		{name: "SAM24 assertion of version 1.1", unsigned: swap(`Version="2.0"`, `Version="1.1"`), why: reasonVersion},
		{name: "SM11 assertion of another issuer", unsigned: swap(entity+"</saml:Issuer>", "https://evil.example</saml:Issuer>"), why: reasonIssuer},
		{name: "SM11 assertion of nobody", unsigned: cut("Issuer"), why: reasonIssuer},
		{name: "SM11 answer of another issuer", signed: func(s string) string {
			return strings.Replace(s, entity+"</saml:Issuer><samlp:Status", "https://evil.example</saml:Issuer><samlp:Status", 1)
		}, why: reasonIssuer},
		{name: "SM18 an assertion of another context", unsigned: swap("PasswordProtectedTransport", "unspecified"), why: reasonContext,
			terms: func(i *IdentityProvider) {
				i.Contexts = []string{"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"}
			}},
	}
}

// Clocks may differ by a minute and no more.
func TestSM12_skew(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	answer := w.good(r)
	w.at = noon().Add(5*time.Minute + 59*time.Second)
	w.identified(w.bring(r, answer))
	w = newWorld(t)
	r = w.ask()
	answer = w.good(r)
	w.at = noon().Add(6 * time.Minute)
	w.refused(w.bring(r, answer), reasonExpired)
}
