package saml

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
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
	w.refused(w.bring(r, a.answer(w, r)), a.why)
	if len(w.used) != 0 {
		t.Error("it used something up")
	}
}

// answer makes the forged answer to a request.
func (a attack) answer(w *world, r request) string {
	w.t.Helper()
	assertion := w.assertion(r)
	if a.unsigned != nil {
		changed := a.unsigned(assertion)
		if changed == assertion {
			w.t.Fatal("the attack changes nothing")
		}
		assertion = changed
	}
	response := w.response(r, w.idp.sign(assertion))
	if a.signed != nil {
		changed := a.signed(response)
		if changed == response {
			w.t.Fatal("the attack changes nothing")
		}
		response = changed
	}
	return response
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
