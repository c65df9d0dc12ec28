package saml

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// logoutRequest is a good one, not signed.
func (w *world) logoutRequest() string {
	return `<samlp:LogoutRequest xmlns:samlp="` + nsProtocol + `" xmlns:saml="` + nsAssertion + `" ID="l1" Version="2.0" IssueInstant="` + stamped(w.at) + `" Destination="` + slo + `">` +
		`<saml:Issuer>` + entity + `</saml:Issuer><saml:NameID>mara-7</saml:NameID><samlp:SessionIndex>s1</samlp:SessionIndex></samlp:LogoutRequest>`
}

// query signs as the redirect binding does.
func (i *fakeIDP) query(document, relay string) string {
	packed, err := deflate([]byte(document))
	must(err)
	q := "SAMLRequest=" + url.QueryEscape(packed)
	if relay != "" {
		q += "&RelayState=" + url.QueryEscape(relay)
	}
	q += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	sum := sha256.Sum256([]byte(q))
	made, err := i.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(err)
	return q + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(made))
}

func (w *world) notice(r core.Returned) (core.NoticeReply, error) {
	r.Issuer, r.Path = issuer, "/saml/okta/slo"
	return w.a.Endpoints()[2].Notice(context.Background(), core.NoticeTurn{Returned: r, Once: w.once})
}

func byQuery(raw string) core.Returned {
	values, _ := url.ParseQuery(raw)
	return core.Returned{RawQuery: raw, Values: values}
}

func byPost(document string) core.Returned {
	return core.Returned{Posted: true, Values: url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(document))}, "RelayState": {"their state"}}}
}

func TestSM23_logout(t *testing.T) {
	for name, ask := range map[string]func(*world) core.Returned{
		"by redirect": func(w *world) core.Returned { return byQuery(w.idp.query(w.logoutRequest(), "their state")) },
		"by post":     func(w *world) core.Returned { return byPost(w.idp.sign(w.logoutRequest())) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.ask()
			i := w.identified(w.bring(r, w.good(r)))
			reply, err := w.notice(ask(w))
			must(err)
			if reply.SignOut == nil || reply.SignOut.Key != i.Key || reply.SignOut.SessionIndex != "s1" {
				t.Fatalf("%+v", reply.SignOut)
			}
			to, err := url.Parse(reply.Redirect)
			must(err)
			q, err := splitQuery(to.RawQuery)
			must(err)
			mine, err := parseKey(keys().own)
			must(err)
			if err := verifyQuery(q, "SAMLResponse", certificates(mine)); err != nil || to.Query().Get("RelayState") != "their state" || to.Host != "idp.example" {
				t.Errorf("%v %s", err, to)
			}
			packed, err := q.value("SAMLResponse")
			must(err)
			document, err := inflate(packed)
			must(err)
			answer := tree(string(document))
			if attribute(answer, "InResponseTo") != "l1" || attribute(answer, "Destination") != signOut {
				t.Error(string(document))
			}
			if _, err := w.notice(ask(w)); err == nil {
				t.Error("replayed")
			}
		})
	}
}

// SM-21: who writes escapes in small letters has signed them like that.
func TestSM21_queryAsItCame(t *testing.T) {
	w := newWorld(t)
	packed, err := deflate([]byte(w.logoutRequest()))
	must(err)
	small := strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d", "%3A", "%3a", "%23", "%23")
	q := small.Replace("SAMLRequest=" + url.QueryEscape(packed) + "&SigAlg=" + url.QueryEscape(rsaSHA256))
	sum := sha256.Sum256([]byte(q))
	made, err := w.idp.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(err)
	if _, err := w.notice(byQuery(q + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(made)))); err != nil {
		t.Error(err)
	}
}

func TestSM23_logoutByPostIsAnsweredByPost(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) {
		i.Metadata = []byte(strings.Replace(keys().idp.metadata(), bindingRedirect+`" Location="`+signOut, bindingPost+`" ResponseLocation="`+signOut+`/answers" Location="`+signOut, 1))
	})
	reply, err := w.notice(byPost(w.idp.sign(w.logoutRequest())))
	must(err)
	if reply.Post == nil || reply.Post.URL != signOut+"/answers" {
		t.Fatalf("%+v", reply)
	}
	document, err := base64.StdEncoding.DecodeString(reply.Post.Fields[0][1])
	must(err)
	mine, err := parseKey(keys().own)
	must(err)
	if _, err := verify(tree(string(document)), certificates(mine)); err != nil {
		t.Error(err)
	}
}

func TestSM23_logoutOfEverything(t *testing.T) {
	w := newWorld(t)
	for name, sessions := range map[string]string{"none named": "", "several": "<samlp:SessionIndex>s1</samlp:SessionIndex><samlp:SessionIndex>s2</samlp:SessionIndex>"} {
		w.used = map[string]time.Time{}
		reply, err := w.notice(byPost(w.idp.sign(strings.Replace(w.logoutRequest(), "<samlp:SessionIndex>s1</samlp:SessionIndex>", sessions, 1))))
		if err != nil || reply.SignOut == nil || reply.SignOut.SessionIndex != "" {
			t.Errorf("%s: %+v, %v", name, reply.SignOut, err)
		}
	}
}

// SAM19: nobody is signed out by a forgery.
func TestSAM19_forgedLogout(t *testing.T) {
	w := newWorld(t)
	good := w.logoutRequest()
	signed := w.idp.query(good, "s")
	bare, _, _ := strings.Cut(signed, "&SigAlg")
	forgeries := map[string]core.Returned{
		"unsigned by redirect":       byQuery(bare),
		"signed by another":          byQuery(keys().other.query(good, "")),
		"another relay state":        byQuery(strings.Replace(signed, "RelayState=s", "RelayState=t", 1)),
		"without its relay state":    byQuery(strings.Replace(signed, "&RelayState=s", "", 1)),
		"SM21 encoded again":         byQuery(strings.ReplaceAll(signed, "%2F", "%2f")),
		"SM21 a parameter twice":     byQuery("SAMLRequest=x&" + signed),
		"SM21 a name escaped":        byQuery("%53AMLRequest=x&" + signed),
		"SHA-1":                      byQuery(strings.Replace(signed, url.QueryEscape(rsaSHA256), url.QueryEscape(nsSignature+"rsa-sha1"), 1)),
		"another curve of keys":      byQuery(strings.Replace(signed, "rsa-sha256", "ecdsa-sha256", 1)),
		"a good one, as a form":      {Posted: true, RawQuery: signed, Values: url.Values{"SAMLRequest": {"x"}}},
		"nothing":                    {},
		"a deflate bomb, not signed": byQuery("SAMLRequest=" + url.QueryEscape(bomb())),
	}
	for name, test := range w.forgedLogouts() {
		forgeries["by post, "+name] = byPost(test.document)
	}
	for name, forged := range forgeries {
		t.Run(name, func(t *testing.T) {
			reply, err := w.notice(forged)
			if err == nil || reply.SignOut != nil || len(w.used) > 0 {
				t.Errorf("%+v, %v", reply, err)
			}
		})
	}
}

// hostile is a document and why it is refused.
type hostile struct {
	document string
	why      reason
}

// forgedLogouts are requests of the POST binding that sign nobody out.
func (w *world) forgedLogouts() map[string]hostile {
	good := w.logoutRequest()
	swapped := func(from, to string) string { return w.idp.sign(strings.Replace(good, from, to, 1)) }
	return map[string]hostile{
		"unsigned":                 {good, reasonUnsigned},
		"signed by another":        {keys().other.sign(good), reasonSignature},
		"changed after signing":    {strings.Replace(w.idp.sign(good), "mara-7", evil, 1), reasonSignature},
		"of another issuer":        {swapped(entity, "https://evil.example"), reasonIssuer},
		"to another address":       {swapped(slo, "https://other.example/slo"), reasonDestination},
		"an hour old":              {swapped(stamped(w.at), stamped(w.at.Add(-time.Hour))), reasonExpired},
		"of tomorrow":              {swapped(stamped(w.at), stamped(w.at.AddDate(0, 0, 1))), reasonExpired},
		"good for ever":            {swapped("Version", `NotOnOrAfter="2036-01-01T00:00:00Z" Version`), reasonExpired},
		"ended":                    {swapped("Version", `NotOnOrAfter="2026-01-01T00:00:00Z" Version`), reasonExpired},
		"of version 1.1":           {swapped(`"2.0"`, `"1.1"`), reasonVersion},
		"of nobody":                {swapped("<saml:NameID>mara-7</saml:NameID>", ""), reasonSubject},
		"of two":                   {swapped("</saml:NameID>", "</saml:NameID><saml:NameID>x</saml:NameID>"), reasonSubject},
		"of an empty session":      {swapped(">s1<", "><"), reasonMalformed},
		"an answer, not a request": {w.idp.sign(w.response(request{element: tree(`<x ID="_"/>`)}, "")), reasonWrapped},
		"inside a forged one":      {strings.Replace(good, "</samlp:LogoutRequest>", strings.Replace(w.idp.sign(good), `ID="l1"`, `ID="l2"`, 1)+"</samlp:LogoutRequest>", 1), reasonWrapped},
		"billion laughs":           {laughs + w.idp.sign(good), reasonMalformed},
	}
}

func bomb() string {
	b, err := deflate(make([]byte, 20<<20))
	must(err)
	return b
}
