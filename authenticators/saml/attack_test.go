package saml

import (
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"crypto/x509"
	"encoding/asn1"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/keywright/keywright/core"
)

func certificates(all ...*keyPair) (out []*x509.Certificate) {
	for _, k := range all {
		out = append(out, k.certificate)
	}
	return out
}

// rawCurve writes an ECDSA signature as XML wants it: two numbers.
func rawCurve(signed string) string {
	root := tree(signed)
	value := only(only(root, nsSignature, "Signature"), nsSignature, "SignatureValue")
	der, err := base64.StdEncoding.DecodeString(text(value))
	must(err)
	var n struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(der, &n)
	must(err)
	raw := make([]byte, 64)
	n.R.FillBytes(raw[:32])
	n.S.FillBytes(raw[32:])
	value.SetText(base64.StdEncoding.EncodeToString(raw))
	return flat(root)
}

// attack is one forged answer, made of what the identity provider has signed.
type attack struct {
	name string
	// unsigned changes the assertion before it is signed; signed the answer after.
	unsigned, signed func(string) string
	why              reason
	terms            func(*IdentityProvider)
}

func (a attack) run(t *testing.T) {
	w := newWorld(t)
	if a.terms != nil {
		w = newWorld(t, a.terms)
	}
	r := w.ask()
	assertion := w.assertion(r)
	if a.unsigned != nil {
		changed := a.unsigned(assertion)
		if changed == assertion {
			t.Fatal("the attack changes nothing")
		}
		assertion = changed
	}
	response := w.response(r, w.idp.sign(assertion))
	if a.signed != nil {
		changed := a.signed(response)
		if changed == response {
			t.Fatal("the attack changes nothing")
		}
		response = changed
	}
	w.refused(w.bring(r, response), a.why)
	if len(w.used) != 0 {
		t.Error("it used something up")
	}
}

func swap(from, to string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, from, to) }
}

// cut takes an element out.
func cut(tag string) func(string) string {
	return func(s string) string {
		root := tree(s)
		for _, e := range called(root, tag) {
			e.Parent().RemoveChild(e)
		}
		return flat(root)
	}
}

// What a forger says instead of what was signed.
const evil = "admin-1"

// SAM10, SAM12, SAM18, SAM22: the signature.
func TestSAM_signature(t *testing.T) {
	for _, a := range []attack{
		{name: "SM01 unsigned", signed: cut("Signature"), why: reasonUnsigned},
		{name: "changed after signing", signed: swap("mara-7", evil), why: reasonSignature},
		{name: "SAM12 key inside the message", unsigned: swap("mara-7", evil), signed: func(s string) string {
			root := tree(s)
			assertion := called(root, "Assertion")[0]
			assertion.RemoveChild(called(assertion, "Signature")[0])
			return strings.Replace(flat(root), flat(assertion), keys().other.sign(flat(assertion)), 1)
		}, why: reasonSignature},
		{name: "SAM12 key inside, theirs beside it", signed: func(s string) string {
			root := tree(s)
			info := called(root, "X509Data")[0]
			info.CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(keys().other.certificate.Raw))
			called(root, "SignatureValue")[0].SetText("AAAA")
			return flat(root)
		}, why: reasonSignature},
		{name: "SAM22 SHA-1 named", signed: swap("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", nsSignature+"rsa-sha1"), why: reasonAlgorithm},
		{name: "SAM22 SHA-1 digest", signed: swap("http://www.w3.org/2001/04/xmlenc#sha256", nsSignature+"sha1"), why: reasonAlgorithm},
		{name: "SAM22 MD5", signed: swap("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5"), why: reasonAlgorithm},
		{name: "SM06 HMAC", signed: swap("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"), why: reasonAlgorithm},
		{name: "SAM22 XSLT", signed: swap(`Algorithm="`+enveloped+`"`, `Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"`), why: reasonAlgorithm},
		{name: "SAM22 XPath", signed: swap(`Algorithm="`+enveloped+`"`, `Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"`), why: reasonAlgorithm},
		{name: "SAM22 base64", signed: swap(`Algorithm="`+enveloped+`"`, `Algorithm="`+nsSignature+`base64"`), why: reasonAlgorithm},
		{name: "SAM22 another canonicalization", signed: swap(`Algorithm="`+nsExclusive+`"`, `Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"`), why: reasonAlgorithm},
		{name: "two references", signed: func(s string) string {
			root := tree(s)
			r := called(root, "Reference")[0]
			r.Parent().AddChild(r.Copy())
			return flat(root)
		}, why: reasonWrapped},
		{name: "a reference to the whole document", signed: swap(`URI="#a1"`, `URI=""`), why: reasonWrapped},
		{name: "a reference to another element", signed: swap(`URI="#a1"`, `URI="#r1"`), why: reasonWrapped},
		{name: "a reference to the outside", signed: swap(`URI="#a1"`, `URI="https://evil.example/a"`), why: reasonWrapped},
		{name: "SAM10 comment in the name", signed: swap("mara-7", "ma<!-- -->ra-7"), why: reasonMalformed},
		{name: "SAM10 comment in an attribute's value", signed: swap(mara, "mara@example.com<!---->.evil.example"), why: reasonMalformed},
		{name: "SAM10 instruction in the name", signed: swap("mara-7", "ma<?x y?>ra-7"), why: reasonMalformed},
		{name: "an element in the name", unsigned: swap("mara-7", "mara<x/>-7"), why: reasonSubject},
	} {
		t.Run(a.name, a.run)
	}
	t.Run("SAM22 SHA-1 for real", func(t *testing.T) {
		w := newWorld(t)
		r := w.ask()
		weak := w.idp.sign(w.assertion(r), func(c *dsig.SigningContext) { must(c.SetSignatureMethod(dsig.RSASHA1SignatureMethod)) })
		w.refused(w.bring(r, w.response(r, weak)), reasonAlgorithm)
	})
	t.Run("SAM18 assertion outside of what is signed", func(t *testing.T) {
		w := newWorld(t, func(i *IdentityProvider) { i.Signed = SignedResponse })
		r := w.ask()
		signed := tree(w.idp.sign(w.response(r, w.assertion(r))))
		mine := tree(w.assertion(r))
		mine.CreateAttr("ID", "a2")
		signed.AddChild(mine)
		w.refused(w.bring(r, flat(signed)), reasonWrapped)
	})
}

// SAM13 to SAM16, SAM24: signed by the right one, and not for this.
func TestSAM_meaning(t *testing.T) {
	at := func(by time.Duration) string { return stamped(noon().Add(by)) }
	soon, now := at(5*time.Minute), at(0)
	limits := func(name, value string) func(string) string { // of the conditions
		return func(s string) string {
			root := tree(s)
			called(root, "Conditions")[0].CreateAttr(name, value)
			return flat(root)
		}
	}
	confirmed := func(name, value string) func(string) string {
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
	for _, a := range []attack{
		{name: "SAM13 conditions not yet", unsigned: limits("NotBefore", at(61*time.Second)), why: reasonExpired},
		{name: "SAM13 conditions no more", unsigned: limits("NotOnOrAfter", at(-60*time.Second)), why: reasonExpired},
		{name: "SAM13 conditions of no time", unsigned: limits("NotOnOrAfter", "tomorrow"), why: reasonExpired},
		{name: "SAM13 confirmation no more", unsigned: confirmed("NotOnOrAfter", at(-60*time.Second)), why: reasonExpired},
		{name: "SAM13 confirmation for ever", unsigned: confirmed("NotOnOrAfter", at(25*time.Hour)), why: reasonConfirmation},
		{name: "SM12 confirmation without an end", unsigned: confirmed("NotOnOrAfter", ""), why: reasonConfirmation},
		{name: "SM12 confirmation with NotBefore", unsigned: confirmed("NotBefore", now), why: reasonConfirmation},
		{name: "SAM13 their session ended", unsigned: swap(`SessionIndex="s1"`, `SessionIndex="s1" SessionNotOnOrAfter="`+at(-time.Minute)+`"`), why: reasonExpired},
		{name: "SAM13 signed in tomorrow", unsigned: swap(`AuthnInstant="`+now, `AuthnInstant="`+at(24*time.Hour)), why: reasonExpired},
		{name: "SAM13 issued tomorrow", signed: swap(`ID="r1" Version="2.0" IssueInstant="`+now, `ID="r1" Version="2.0" IssueInstant="`+at(24*time.Hour)), why: reasonExpired},
		{name: "SAM14 another audience", unsigned: swap("<saml:Audience>"+own, "<saml:Audience>https://other.example"), why: reasonAudience},
		{name: "SAM14 a longer audience", unsigned: swap("<saml:Audience>"+own, "<saml:Audience>"+own+"/x"), why: reasonAudience},
		{name: "SAM14 no audience", unsigned: cut("AudienceRestriction"), why: reasonAudience},
		{name: "SAM14 no conditions", unsigned: cut("Conditions"), why: reasonConditions},
		{name: "SM10 one restriction of two", unsigned: swap("</saml:Conditions>", "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction></saml:Conditions>"), why: reasonAudience},
		{name: "a condition nobody knows", unsigned: swap("</saml:Conditions>", "<saml:OnlyOnMondays/></saml:Conditions>"), why: reasonConditions},
		{name: "conditions twice", unsigned: func(s string) string {
			root := tree(s)
			root.AddChild(called(root, "Conditions")[0].Copy())
			return flat(root)
		}, why: reasonConditions},
		{name: "SAM15 another recipient", unsigned: swap(`Recipient="`+acs, `Recipient="https://other.example/acs`), why: reasonDestination},
		{name: "SAM15 no recipient", unsigned: confirmed("Recipient", ""), why: reasonDestination},
		{name: "SAM15 another destination", signed: swap(`Destination="`+acs, `Destination="https://other.example/acs`), why: reasonDestination},
		{name: "SAM15 no destination", signed: swap(` Destination="`+acs+`"`, ``), why: reasonDestination},
		{name: "SM08 no confirmation", unsigned: cut("SubjectConfirmation"), why: reasonConfirmation},
		{name: "SM08 confirmation without data", unsigned: cut("SubjectConfirmationData"), why: reasonConfirmation},
		{name: "SM08 another confirmation", unsigned: swap(bearer, "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"), why: reasonConfirmation},
		{name: "no subject", unsigned: cut("Subject"), why: reasonSubject},
		{name: "no name", unsigned: cut("NameID"), why: reasonSubject},
		{name: "an empty name", unsigned: swap(">mara-7<", "> <"), why: reasonSubject},
		{name: "two names", unsigned: swap("</saml:NameID>", "</saml:NameID><saml:NameID>"+evil+"</saml:NameID>"), why: reasonSubject},
		{name: "no sign-in", unsigned: cut("AuthnStatement"), why: reasonMalformed},
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
		{name: "an assertion of another context", unsigned: swap("PasswordProtectedTransport", "unspecified"), why: reasonContext,
			terms: func(i *IdentityProvider) {
				i.Contexts = []string{"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"}
			}},
	} {
		t.Run(a.name, a.run)
	}
	_ = soon
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

// SAM01 to SAM09: the signed element is there, and another one is to be read.
func TestSAM01_SAM09_wrapping(t *testing.T) {
	for name, wrap := range wrappings() {
		for _, signed := range []Signed{SignedAssertion, SignedResponse, SignedBoth} {
			t.Run(name+" "+string(signed), func(t *testing.T) {
				w := newWorld(t, func(i *IdentityProvider) { i.Signed = signed })
				r := w.ask()
				good := w.response(r, w.assertion(r))
				if signed != SignedResponse {
					good = w.good(r)
				}
				if signed != SignedAssertion {
					good = w.idp.sign(good)
				}
				forged := flat(wrap(tree(good)))
				if !strings.Contains(forged, evil) || !strings.Contains(forged, "mara-7") && name != "swapped" {
					t.Fatal("the attack is not in it")
				}
				reply := w.bring(r, forged)
				if _, ok := reply.(core.Refused); !ok {
					t.Fatalf("got %T", reply)
				}
				w.refused(reply, reasonWrapped)
			})
		}
	}
}

// wrappings are those of Somorovsky et al., "On Breaking SAML" (2012).
func wrappings() map[string]func(*etree.Element) *etree.Element {
	assertion := func(r *etree.Element) *etree.Element { return children(r, nsAssertion, "Assertion")[0] }
	forge := func(e *etree.Element, id string) *etree.Element {
		e = e.Copy()
		for _, s := range called(e, "Signature") {
			s.Parent().RemoveChild(s)
		}
		called(e, "NameID")[0].SetText(evil)
		if id != "" {
			e.CreateAttr("ID", id)
		}
		return e
	}
	signature := func(e *etree.Element) *etree.Element {
		if all := called(e, "Signature"); len(all) > 0 {
			return all[0]
		}
		return e.CreateElement("Signature")
	}
	return map[string]func(*etree.Element) *etree.Element{
		"XSW1 signed response inside the signature of a forged one": func(r *etree.Element) *etree.Element {
			f := forge(r, "r2")
			s := signature(r.Copy())
			s.AddChild(r.Copy())
			f.AddChild(s)
			return f
		},
		"XSW2 signed response before a detached signature": func(r *etree.Element) *etree.Element {
			f := forge(r, "r2")
			f.AddChild(r.Copy())
			f.AddChild(signature(r.Copy()))
			return f
		},
		"XSW3 forged assertion before the signed one": func(r *etree.Element) *etree.Element {
			a := assertion(r)
			r.InsertChildAt(a.Index(), forge(a, "a2"))
			return r
		},
		"XSW4 signed assertion inside the forged one": func(r *etree.Element) *etree.Element {
			a := assertion(r)
			f := forge(a, "a2")
			r.RemoveChild(a)
			f.AddChild(a)
			r.AddChild(f)
			return r
		},
		"XSW5 forged assertion keeps the signature, signed one at the end": func(r *etree.Element) *etree.Element {
			a := assertion(r)
			s := signature(a)
			f := forge(a, "a2")
			f.AddChild(s.Copy())
			s.Parent().RemoveChild(s)
			r.InsertChildAt(a.Index(), f)
			return r
		},
		"XSW6 signed assertion inside the signature of the forged one": func(r *etree.Element) *etree.Element {
			a := assertion(r)
			f := forge(a, "a2")
			s := signature(a.Copy())
			bare := a.Copy()
			s.AddChild(bare)
			f.AddChild(s)
			r.RemoveChild(a)
			r.AddChild(f)
			return r
		},
		"XSW7 forged assertion in the extensions": func(r *etree.Element) *etree.Element {
			x := etree.NewElement("samlp:Extensions")
			x.AddChild(forge(assertion(r), ""))
			r.InsertChildAt(1, x)
			return r
		},
		"XSW8 signed assertion in an object of the forged one's signature": func(r *etree.Element) *etree.Element {
			a := assertion(r)
			f := forge(a, "")
			s := signature(a.Copy())
			s.CreateElement("Object").AddChild(forgeNothing(a))
			f.AddChild(s)
			r.RemoveChild(a)
			r.AddChild(f)
			return r
		},
		"SAM09 two assertions, one signed": func(r *etree.Element) *etree.Element {
			r.AddChild(forge(assertion(r), "a2"))
			return r
		},
		"SM03 two elements with one id": func(r *etree.Element) *etree.Element {
			r.AddChild(forge(assertion(r), ""))
			return r
		},
		"an id in another spelling": func(r *etree.Element) *etree.Element {
			f := forge(assertion(r), "a2")
			f.CreateAttr("xml:id", "a1")
			r.AddChild(f)
			return r
		},
		"an assertion in another namespace": func(r *etree.Element) *etree.Element {
			f := forge(assertion(r), "a2")
			f.Space = ""
			r.AddChild(f)
			return r
		},
		"an encrypted one beside it": func(r *etree.Element) *etree.Element {
			e := r.CreateElement("saml:EncryptedAssertion")
			e.SetText(evil)
			return r
		},
		"a response in the response": func(r *etree.Element) *etree.Element {
			x := r.CreateElement("samlp:Response")
			x.SetText(evil)
			return r
		},
	}
}

// forgeNothing is the element without its signature.
func forgeNothing(e *etree.Element) *etree.Element {
	e = e.Copy()
	for _, s := range called(e, "Signature") {
		s.Parent().RemoveChild(s)
	}
	return e
}
