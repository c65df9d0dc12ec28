package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// Every mistake is told at once, with what to do about it, and without the secret.
func TestCheck_problems(t *testing.T) {
	p := Provider{
		Name: "acme", ClientSecret: "hunter2", SecretFunc: func(context.Context) (Secret, error) { return "", nil },
		Issuer: "http://id.example?a=b", Scopes: []string{"email", "a b"}, Parameters: map[string]string{"state": "x"},
		Endpoints: Endpoints{Token: "ftp://x/", Keys: "https://u@x/"}, Algorithms: []string{"none", "HS256"},
		Tenants: &Tenants{Template: "https://x/{tenant}/{tenant}", Allowed: []string{"a/b"}},
		Domains: []string{"Example.com", "@example.com", "com"}, HostedDomains: []string{"example.com"}, Claims: Claims{Subject: "-"},
	}
	_, err := New(p)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"ClientID", "ClientSecret, SecretFunc, Apple", "Issuer: is not https", "Issuer: has a query", `"a b" is none`, "without openid",
		`"state" is set by this package`, "Endpoints.Token", "Endpoints.Keys", `"none" is not used`, `"HS256" is not used`, "Tenants.Template", "Tenants.Claim",
		`"a/b" is no tenant id`, `"Example.com" is none`, `"@example.com" is none`, `"com" is none`, "HostedDomains", "Claims.Subject",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", err, p, p); strings.Contains(text, "hunter2") {
		t.Error("the secret is printed")
	}
	for _, name := range []string{"", "Acme", "a b", "a/b", "-a", "a-", "back", "x-back", strings.Repeat("a", 33), "ä"} {
		good := Google("c", "s")
		good.Name = name
		if _, err := New(good); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if _, err := New(Provider{Name: "a", Issuer: "https://x.example", ClientID: "c", OAuth2: true, TrustAMR: []string{"mfa"}}); err == nil ||
		!strings.Contains(err.Error(), "Endpoints: with OAuth2") || !strings.Contains(err.Error(), "speak of ID tokens") {
		t.Errorf("%v", err)
	}
}

// The settings of a connection are read strictly.
func TestSettings_strict(t *testing.T) {
	const good = `{"issuer":"https://id.example","client_id":"c"}`
	if _, err := ParseSettings(json.RawMessage(good), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ settings, secrets, says string }{
		{``, ``, "JSON object"},
		{`null`, ``, "JSON object"},
		{`[]`, ``, "JSON object"},
		{good + `{}`, ``, "JSON object"},
		{`{"issuer":"https://id.example","client_id":"c","clientid":"d"}`, ``, `unknown field "clientid"`},
		{`{"issuer":"https://id.example","client_id":"c","client_id":"d"}`, ``, "each once"},
		{`{"issuer":"https://id.example","client_id":"c","Client_ID":"d"}`, ``, "known members"},
		{`{"issuer":"https://id.example","client_id":17}`, ``, "of their kind"},
		{`{"issuer":"https://id.example","client_id":"c","endpoints":{"tokens":"x"}}`, ``, `unknown field "tokens"`},
		{`{"issuer":"https://id.example","client_id":"c","insecure_allow_loopback":true}`, ``, "unknown field"},
		{`{"issuer":"http://127.0.0.1:8080","client_id":"c"}`, ``, "is not https"},
		{`{"issuer":"https://id.example","client_id":"c","client_secret":"hunter2"}`, ``, "unknown field"},
		{good, `{"secret":"hunter2"}`, "unknown field"},
		{good, `hunter2`, "secrets"},
		{good, `{"client_secret":"hunter2","apple":{"team":"t","key":"k","private_key":"hunter2"}}`, "give one of them"},
		{`{"a":"` + strings.Repeat("a", maxSettings) + `"}`, ``, "settings"},
	} {
		_, err := ParseSettings(json.RawMessage(c.settings), []byte(c.secrets))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.80s %s: %v, want %q", c.settings, c.secrets, err, c.says)
		}
	}
	if _, _, err := MakeSettings(Provider{SecretFunc: func(context.Context) (Secret, error) { return "", nil }}); err == nil {
		t.Error("a function was made data")
	}
}

// connection makes a world in which the provider is data.
func connection(t *testing.T) *world {
	t.Helper()
	l := newLiar(t)
	a, err := Connections(Options{InsecureAllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, l, a)
	w.turn.Connection = w.connect(honest(l))
	return w
}

func (w *world) connect(p Provider) *core.Connection {
	settings, secrets, err := MakeSettings(p)
	if err != nil {
		w.t.Fatal(err)
	}
	return &core.Connection{
		ID: core.NewID(w.at), Kind: Method, ConnectionTerms: core.ConnectionTerms{Label: "Example Corp", Settings: settings, Sealed: secrets},
	}
}

func TestConnection_thereAndBack(t *testing.T) {
	w := connection(t)
	if w.a.Method() != "upstream" || w.a.Label() != "" || w.a.Endpoints()[0].Path != "/upstream/connection/{connection}/callback" {
		t.Errorf("%s %q %v", w.a.Method(), w.a.Label(), w.a.Endpoints())
	}
	if to := w.away(); to.Query().Get("redirect_uri") != "https://id.example/upstream/connection/"+w.turn.Connection.ID.String()+"/callback" {
		t.Errorf("callback %s", to.Query().Get("redirect_uri"))
	}
	mine := w.identity()
	if mine.Key.Kind != "upstream" || mine.Subject != "mara-1" || w.basic[0] != clientID {
		t.Errorf("%+v %v", mine, w.basic)
	}
	// Another organization may configure the same issuer, or say that it does: its people are its own.
	w.turn.Connection = w.connect(honest(w.liar))
	if theirs := w.identity(); theirs.Key == mine.Key {
		t.Error("two connections share a person")
	}
}

func TestConnection_mixedUp(t *testing.T) {
	w := connection(t)
	values := w.authorize(w.away())
	mine, other := w.turn.Connection, w.connect(honest(w.liar))
	w.turn.Connection = other // what the URL and the interaction name now
	reply, err := w.back(values)
	w.wantProblem(reply, err, problemLie)

	w.turn.Connection = mine
	values = w.authorize(w.away())
	back := w.returned(values)
	back.Connection = other // the callback of another
	if _, err := w.begin(w.a.back, back); err != nil {
		t.Fatal(err)
	}
	reply, err = w.begin(w.a.back, nil)
	w.wantProblem(reply, err, problemLie)

	values = w.authorize(w.away()) // STA04: switched off meanwhile
	w.turn.Connection = nil
	reply, err = w.back(values)
	w.wantProblem(reply, err, problemGone)
	reply, err = w.begin(w.a.start, nil)
	w.wantProblem(reply, err, problemGone)

	w.turn.Connection = other
	other.Settings = json.RawMessage(`{"issuer":`)
	reply, err = w.begin(w.a.start, nil)
	w.wantProblem(reply, err, problemGone)
	if n := w.times("/token"); n != 0 {
		t.Errorf("%d token requests", n)
	}
}

func TestSecretFunc(t *testing.T) {
	secret, fails := Secret("first"), error(nil)
	w := newWorld(t, func(p *Provider) {
		p.ClientSecret, p.SecretInBody = "", true
		p.SecretFunc = func(context.Context) (Secret, error) { return secret, fails }
	})
	w.identity()
	secret = "second"
	w.identity()
	if got := w.liar.tokens.Get("client_secret"); got != "second" {
		t.Errorf("secret %q", got)
	}
	fails = errors.New("the vault is sealed")
	reply, err := w.signIn()
	w.wantProblem(reply, err, problemAway)
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://id.example","client_id":"c"}`), []byte(`{"client_secret":"s"}`))
	f.Add([]byte(`{"issuer":"https://id.example","client_id":"c","tenants":{"template":"https://x/{tenant}","claim":"tid","allowed":["a"]}}`), []byte(`{}`))
	f.Add([]byte(`{"endpoints":{"token":"https://x"},"claims":{"more":{"a":"b.c"}}}`), []byte(`{"apple":{"team":"t"}}`))
	f.Fuzz(func(t *testing.T, settings, secrets []byte) {
		p, err := ParseSettings(settings, secrets)
		if err != nil {
			return
		}
		again, sealed, err := MakeSettings(p)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := ParseSettings(again, sealed); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

// Whatever a browser brings to the callback, it is one page or another, and only the answer gets anybody in.
func FuzzCallback(f *testing.F) {
	f.Add("state=s&code=c")
	f.Add("state=s&code=c&iss=https://id.example&user={}")
	f.Add("state=s&error=access_denied&error_description=%3Cscript%3E")
	f.Add("state=s&state=s")
	p := Provider{
		Name: "acme", Issuer: "https://id.example", ClientID: clientID,
		Endpoints: Endpoints{Authorization: "https://id.example/a", Token: "https://id.example/t", Keys: "https://id.example/k"},
	}
	a, err := New(p)
	if err != nil {
		f.Fatal(err)
	}
	if err := a.Start(core.Tools{HTTP: &http.Client{Transport: refuses{}}}); err != nil {
		f.Fatal(err)
	}
	n, err := notes{Attempt: &attempt{State: "s", Issuer: p.Issuer, Client: clientID}, Purpose: core.TurnSignIn}.keep()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		from := core.Returned{Values: values}
		arrival, err := a.arrive(t.Context(), from)
		if err != nil {
			return
		}
		turn := core.Turn{Purpose: core.TurnSignIn, Step: arrival.Step, Notes: n.Notes, Returned: &from, Reserve: func(context.Context, ...core.NamedLimit) error { return nil }}
		reply, err := a.Begin(t.Context(), turn)
		if arrival.State != "s" {
			if err == nil {
				t.Fatal("another state was taken")
			}
			return
		}
		if to, ok := reply.(core.GoTo); err != nil || !ok || readNotes(to.Notes).Problem == "" {
			t.Fatalf("%+v, %v", reply, err)
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"sub":"a","data":{"id":17},"email":"a@b"}`), "data.id")
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		c, err := parseClaims(doc)
		if err != nil {
			return
		}
		if s := c.subject(name); len(s) > maxSubject {
			t.Errorf("subject of %d bytes", len(s))
		}
		if l := c.line(name); len(l) > maxLine || strings.ContainsAny(l, "\r\n") {
			t.Errorf("line %q", l)
		}
		_, _ = primaryAddress(doc)
		if at := plainAddress(c.text(name)); strings.Count(at, "@") > 1 {
			t.Errorf("address %q", at)
		}
	})
}

// What every authenticator says of itself, it says in the form that is owed.
func TestShape(t *testing.T) {
	for _, c := range []conformance.Candidate{
		{New: func() (core.Authenticator, error) { return New(Google("c", "s")) }},
		{New: func() (core.Authenticator, error) { return Connections(Options{}) }},
	} {
		conformance.TestAuthenticator(t, c, conformance.AuthenticatorShape()...)
	}
}
