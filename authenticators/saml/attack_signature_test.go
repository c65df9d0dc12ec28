package saml

import (
	"encoding/base64"
	"strings"
	"testing"

	dsig "github.com/russellhaering/goxmldsig"
)

// SAM10, SAM12, SAM18, SAM22: the signature.
func TestSAM_signature(t *testing.T) {
	for _, a := range signatureAttacks() {
		t.Run(a.name, a.run)
	}
	t.Run("SAM22 SHA-1 for real", func(t *testing.T) {
		w := newWorld(t)
		r := w.ask()
		w.refused(w.bring(r, w.weak(r)), reasonAlgorithm)
	})
	t.Run("SAM18 assertion outside of what is signed", func(t *testing.T) {
		w := newWorld(t, func(i *IdentityProvider) { i.Signed = SignedResponse })
		r := w.ask()
		w.refused(w.bring(r, w.outside(r)), reasonWrapped)
	})
}

// weak is signed by SHA-1, by the right key.
func (w *world) weak(r request) string {
	return w.response(r, w.idp.sign(w.assertion(r), func(c *dsig.SigningContext) { must(c.SetSignatureMethod(dsig.RSASHA1SignatureMethod)) }))
}

// outside has a second assertion, put into the answer after it was signed.
func (w *world) outside(r request) string {
	signed := tree(w.idp.sign(w.response(r, w.assertion(r))))
	mine := tree(w.assertion(r))
	mine.CreateAttr("ID", "a2")
	signed.AddChild(mine)
	return flat(signed)
}

// signatureAttacks have a signature that is none, or that is over something else.
func signatureAttacks() []attack {
	return []attack{
		{name: "SM01 unsigned", signed: cut("Signature"), why: reasonUnsigned},
		{name: "SM01 changed after signing", signed: swap("mara-7", evil), why: reasonSignature},
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
		{name: "SM03 two references", signed: func(s string) string {
			root := tree(s)
			r := called(root, "Reference")[0]
			r.Parent().AddChild(r.Copy())
			return flat(root)
		}, why: reasonWrapped},
		{name: "SM03 a reference to the whole document", signed: swap(`URI="#a1"`, `URI=""`), why: reasonWrapped},
		{name: "SM03 a reference to another element", signed: swap(`URI="#a1"`, `URI="#r1"`), why: reasonWrapped},
		{name: "SM03 a reference to the outside", signed: swap(`URI="#a1"`, `URI="https://evil.example/a"`), why: reasonWrapped},
		{name: "SAM10 comment in the name", signed: swap("mara-7", "ma<!-- -->ra-7"), why: reasonMalformed},
		{name: "SAM10 comment in an attribute's value", signed: swap(mara, "mara@example.com<!---->.evil.example"), why: reasonMalformed},
		{name: "SAM10 instruction in the name", signed: swap("mara-7", "ma<?x y?>ra-7"), why: reasonMalformed},
		{name: "SAM10 an element in the name", unsigned: swap("mara-7", "mara<x/>-7"), why: reasonSubject},
	}
}
