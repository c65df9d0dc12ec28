package saml

import (
	"maps"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/keywright/keywright/core"
)

// SAM01 to SAM09: the signed element is there, and another one is to be read.
func TestSAM01_SAM09_wrapping(t *testing.T) {
	for name, wrap := range wrappings() {
		for _, signed := range []Signed{SignedAssertion, SignedResponse, SignedBoth} {
			t.Run(name+" "+string(signed), func(t *testing.T) {
				w := newWorld(t, func(i *IdentityProvider) { i.Signed = signed })
				r := w.ask()
				forged := flat(wrap(tree(w.signedAs(r, signed))))
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

// signedAs is a good answer, signed where it is said.
func (w *world) signedAs(r request, signed Signed) string {
	switch signed {
	case SignedResponse:
		return w.idp.sign(w.response(r, w.assertion(r)))
	case SignedBoth:
		return w.idp.sign(w.good(r))
	}
	return w.good(r)
}

// wrappings are the forgeries by name.
func wrappings() map[string]func(*etree.Element) *etree.Element {
	all := map[string]func(*etree.Element) *etree.Element{}
	for _, some := range []map[string]func(*etree.Element) *etree.Element{inTheOpen(), insideSignatures(), besideIt()} {
		maps.Copy(all, some)
	}
	return all
}

// assertionOf is the one that was signed.
func assertionOf(r *etree.Element) *etree.Element { return children(r, nsAssertion, "Assertion")[0] }

// forge copies an element without its signatures, with somebody else's name.
func forge(e *etree.Element, id string) *etree.Element {
	e = forgeNothing(e)
	called(e, "NameID")[0].SetText(evil)
	if id != "" {
		e.CreateAttr("ID", id)
	}
	return e
}

// signatureIn is the first signature in an element, or an empty one.
func signatureIn(e *etree.Element) *etree.Element {
	if all := called(e, "Signature"); len(all) > 0 {
		return all[0]
	}
	return e.CreateElement("Signature")
}

// forgeNothing is the element without its signature.
func forgeNothing(e *etree.Element) *etree.Element {
	e = e.Copy()
	for _, s := range called(e, "Signature") {
		s.Parent().RemoveChild(s)
	}
	return e
}

// inTheOpen and insideSignatures are those of Somorovsky et al., "On Breaking SAML"
// (2012).
func inTheOpen() map[string]func(*etree.Element) *etree.Element {
	return map[string]func(*etree.Element) *etree.Element{
		"SAM01 XSW1 signed response inside the signature of a forged one": func(r *etree.Element) *etree.Element {
			f := forge(r, "r2")
			s := signatureIn(r.Copy())
			s.AddChild(r.Copy())
			f.AddChild(s)
			return f
		},
		"SAM02 XSW2 signed response before a detached signature": func(r *etree.Element) *etree.Element {
			f := forge(r, "r2")
			f.AddChild(r.Copy())
			f.AddChild(signatureIn(r.Copy()))
			return f
		},
		"SAM03 XSW3 forged assertion before the signed one": func(r *etree.Element) *etree.Element {
			a := assertionOf(r)
			r.InsertChildAt(a.Index(), forge(a, "a2"))
			return r
		},
		"SAM04 XSW4 signed assertion inside the forged one": func(r *etree.Element) *etree.Element {
			a := assertionOf(r)
			f := forge(a, "a2")
			r.RemoveChild(a)
			f.AddChild(a)
			r.AddChild(f)
			return r
		},
		"SAM05 XSW5 forged assertion keeps the signature, signed one at the end": func(r *etree.Element) *etree.Element {
			a := assertionOf(r)
			s := signatureIn(a)
			f := forge(a, "a2")
			f.AddChild(s.Copy())
			s.Parent().RemoveChild(s)
			r.InsertChildAt(a.Index(), f)
			return r
		},
	}
}

func insideSignatures() map[string]func(*etree.Element) *etree.Element {
	return map[string]func(*etree.Element) *etree.Element{
		"SAM06 XSW6 signed assertion inside the signature of the forged one": func(r *etree.Element) *etree.Element {
			a := assertionOf(r)
			f := forge(a, "a2")
			s := signatureIn(a.Copy())
			bare := a.Copy()
			s.AddChild(bare)
			f.AddChild(s)
			r.RemoveChild(a)
			r.AddChild(f)
			return r
		},
		"SAM07 XSW7 forged assertion in the extensions": func(r *etree.Element) *etree.Element {
			x := etree.NewElement("samlp:Extensions")
			x.AddChild(forge(assertionOf(r), ""))
			r.InsertChildAt(1, x)
			return r
		},
		"SAM08 XSW8 signed assertion in an object of the forged one's signature": func(r *etree.Element) *etree.Element {
			a := assertionOf(r)
			f := forge(a, "")
			s := signatureIn(a.Copy())
			s.CreateElement("Object").AddChild(forgeNothing(a))
			f.AddChild(s)
			r.RemoveChild(a)
			r.AddChild(f)
			return r
		},
	}
}

// besideIt are further ways to have two things where one is looked for.
func besideIt() map[string]func(*etree.Element) *etree.Element {
	return map[string]func(*etree.Element) *etree.Element{
		"SAM09 two assertions, one signed": func(r *etree.Element) *etree.Element {
			r.AddChild(forge(assertionOf(r), "a2"))
			return r
		},
		"SM03 two elements with one id": func(r *etree.Element) *etree.Element {
			r.AddChild(forge(assertionOf(r), ""))
			return r
		},
		"SM03 an id in another spelling": func(r *etree.Element) *etree.Element {
			f := forge(assertionOf(r), "a2")
			f.CreateAttr("xml:id", "a1")
			r.AddChild(f)
			return r
		},
		"SM03 an assertion in another namespace": func(r *etree.Element) *etree.Element {
			f := forge(assertionOf(r), "a2")
			f.Space = ""
			r.AddChild(f)
			return r
		},
		"SM03 an encrypted one beside it": func(r *etree.Element) *etree.Element {
			e := r.CreateElement("saml:EncryptedAssertion")
			e.SetText(evil)
			return r
		},
		"SM03 a response in the response": func(r *etree.Element) *etree.Element {
			x := r.CreateElement("samlp:Response")
			x.SetText(evil)
			return r
		},
	}
}
