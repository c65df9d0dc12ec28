package passkey

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func TestWN26_WAN15_issuerAndRelyingParty(t *testing.T) {
	for _, c := range []struct{ rpID, issuer, says string }{
		{"", "https://id.example.com", ""},
		{"", "https://id.example.com/tenant", ""},
		{"", "http://localhost:8080", ""},
		{"example.com", "https://id.example.com", ""},
		{"id.example.com", "https://id.example.com:8443", ""},
		{"", "http://127.0.0.1:8080", "localhost for development"},
		{"", "http://[::1]:8080", "localhost for development"},
		{"other.example", "https://id.example.com", "leave RPID out"},
		{"x.id.example.com", "https://id.example.com", "leave RPID out"},
		{"ample.com", "https://id.example.com", "leave RPID out"},
		{"", "https://", "Config.Issuer"},
	} {
		a, err := New(Options{RPID: c.rpID})
		if err == nil {
			err = a.Start(core.Tools{Issuer: c.issuer})
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%q at %s: %v", c.rpID, c.issuer, err)
		}
	}
}

func TestOptions_everyFaultAtOnce(t *testing.T) {
	for _, c := range []struct {
		options Options
		says    []string
	}{
		{Options{RPID: "127.0.0.1"}, []string{"RPID", "IP address"}},
		{Options{RPID: "https://example.com"}, []string{"RPID", "no domain"}},
		{Options{RPID: "Example.com"}, []string{"lower case"}},
		{Options{RPID: "com"}, []string{"no domain"}},
		{Options{RPID: "example.com."}, []string{"no domain"}},
		{Options{Origins: []string{"login.example.org", "https://Login.example.org", "https://a.example/", "https://a.example:443", "http://a.example"}},
			[]string{`"login.example.org"`, `"https://Login.example.org"`, `"https://a.example/"`, "leave it out", "is not https"}},
		{Options{AppOrigins: []string{"https://app.example"}}, []string{"android:apk-key-hash"}},
		{Options{Attestation: &Attestation{AAGUIDs: []string{"EE882879-721c-4913-9775-3dfcce97072a", "x"}, Formats: []string{"none"}}}, []string{"AAGUIDs", "Formats"}},
	} {
		_, err := New(c.options)
		for _, words := range c.says {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%+v: %v; wants %q", c.options, err, words)
			}
		}
	}
}

// The list of related origins is served and used only where it is configured.
func TestWN03_WN21_relatedOrigins(t *testing.T) {
	const related, app = "https://login.example.org", "android:apk-key-hash:abc"
	w := newWorld(t, Options{Origins: []string{related}, AppOrigins: []string{app}})
	_, d := w.enrolled(mara)
	for _, origin := range []string{related, app} {
		wantIs[core.Authenticated](t, w.signIn(d, lie{origin: origin}))
	}
	for _, origin := range []string{"https://LOGIN.example.org", "https://x.login.example.org", app + "d", "http://login.example.org"} {
		wantProblem(t, w.signIn(d, lie{origin: origin}), "passkey_failed")
	}
	e := w.a.Endpoints()
	if len(e) != 1 || e[0].Path != "/.well-known/webauthn" || e[0].Kind != core.EndpointDocument {
		t.Fatalf("%+v", e)
	}
	var out bytes.Buffer
	kind, err := e[0].Document(t.Context(), &out, core.Returned{Issuer: home + "/tenant"})
	if err != nil || kind != "application/json" || out.String() != `{"origins":["https://id.example.com","https://login.example.org"]}`+"\n" {
		t.Errorf("%s %v %s", kind, err, out.String())
	}
	if newWorld(t, Options{}).a.Endpoints() != nil {
		t.Error("served without being configured")
	}
}

// One authenticator serves several issuers, each with its own relying party.
func TestSeveralIssuers(t *testing.T) {
	w := newWorld(t, Options{})
	if err := w.a.Start(core.Tools{Issuer: "https://two.example.org/x"}); err != nil {
		t.Fatal(err)
	}
	turn := w.turn(core.TurnSignIn, StepPasskey)
	turn.Issuer = "https://two.example.org/x"
	w.begin(turn)
	if o := readOptions(t, w.challenge); o.RPID != "two.example.org" {
		t.Errorf("%+v", o)
	}
}

// Whatever call fails, the answer is that failure: never a refusal, and no letter.
func TestFaults_everyCallFailing(t *testing.T) {
	for name, prepare := range map[string]func(w *world) core.Turn{
		"sign in": func(w *world) core.Turn {
			_, d := w.enrolled(mara)
			w.begin(w.turn(core.TurnSignIn, StepPasskey))
			return w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(w.challenge, lie{}))
		},
		"a clone": func(w *world) core.Turn {
			id, d := w.add(mara), newDevice(w.t)
			d.count = 2
			w.enrol(id, d)
			w.begin(w.turn(core.TurnSignIn, StepPasskey))
			return w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(w.challenge, lie{}))
		},
		"new": func(w *world) core.Turn {
			id, d := w.add(mara), newDevice(w.t)
			w.begin(w.about(core.TurnEnrol, StepNew, id))
			return w.about(core.TurnEnrol, StepNew, id, "credential", d.create(w.challenge, lie{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			turn := prepare(w)
			for failAt := 1; ; failAt++ {
				w.calls, w.failAt = nil, failAt
				reply, err := w.a.Continue(t.Context(), turn)
				if len(w.calls) < failAt {
					if failAt < 3 {
						t.Errorf("only %d calls failed", failAt-1)
					}
					return
				}
				if !errors.Is(err, core.ErrUnavailable) || reply != nil {
					t.Errorf("call %d, %s: %T, %v", failAt, w.calls[failAt-1], reply, err)
				}
			}
		})
	}
}

func TestNotes_damaged(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	id, d := w.enrolled(mara)
	w.notes = []byte("{")
	for _, turn := range []core.Turn{w.turn(core.TurnSignIn, StepPasskey), w.about(core.TurnEnrol, StepNew, id), w.turn(core.TurnSignIn, StepSignUp)} {
		if _, err := w.a.Begin(t.Context(), turn); err == nil {
			t.Errorf("begin %s: no error", turn.Step)
		}
		if _, err := w.a.Continue(t.Context(), turn); err == nil {
			t.Errorf("continue %s: no error", turn.Step)
		}
	}
	w.notes = nil
	c := w.credentials[keyOf(d.id)]
	c.Secret = []byte("{")
	w.credentials[keyOf(d.id)] = c
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	if _, err := w.a.Continue(t.Context(), w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(w.challenge, lie{}))); err == nil {
		t.Error("a damaged record is taken")
	}
}
