package upstream

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestSignIn_thereAndBack(t *testing.T) {
	w := newWorld(t)
	w.turn.Identifier = "mara@example.com"
	to := w.away()
	q := to.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": "https://id.example/upstream/acme/callback",
		"scope": "openid email profile", "code_challenge_method": "S256", "login_hint": "mara@example.com",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"prompt", "max_age", "acr_values", "response_mode", "hd"} {
		if q.Has(name) {
			t.Errorf("%s is sent: %q", name, q.Get(name))
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} { // RP-01, RP-02
		if len(q.Get(name)) < 20 {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if again := w.away().Query(); again.Get("state") == q.Get("state") || again.Get("nonce") == q.Get("nonce") || again.Get("code_challenge") == q.Get("code_challenge") {
		t.Error("a second attempt repeats the first")
	}
	who := w.identity()
	if who.Key.Kind != "upstream:acme" || who.Issuer != w.URL || who.Subject != "mara-1" || !who.Stable || !who.EmailTrusted ||
		who.Profile.Email != "mara@example.com" || !who.Profile.EmailVerified || who.Profile.Name != "Mara Lindqvist" || who.Secret != nil {
		t.Errorf("%+v", who)
	}
	if !slices.Equal(who.AMR, []string{"fed"}) { // RP-16
		t.Errorf("amr %v", who.AMR)
	}
	if w.tokens.Has("client_secret") || w.basic[0] != clientID {
		t.Errorf("authenticated by %v and %v", w.basic, w.tokens)
	}
	if n := w.times("/userinfo"); n != 0 {
		t.Errorf("userinfo was asked %d times for nothing", n)
	}
	if w.reserve == 0 {
		t.Error("the attempt was not counted")
	}
}

// RP-07: who somebody is does not change with address or name, and does with issuer and subject.
func TestRP07_Threat_LNK02_handle(t *testing.T) {
	w := newWorld(t)
	first := w.identity().Key
	w.id = func(c map[string]any) { c["email"], c["name"] = "new@example.com", "Another Name" }
	if again := w.identity().Key; again != first {
		t.Errorf("another address: %v and %v", first, again)
	}
	w.id = func(c map[string]any) { c["sub"] = "mara-2" }
	if other := w.identity().Key; other == first {
		t.Error("another subject is the same person")
	}
	other := newWorld(t)
	if other.identity().Key == first {
		t.Error("the same subject at another issuer is the same person")
	}
	if len(first.Handle) > core.MaxHandle || strings.Contains(first.Handle, "mara") {
		t.Errorf("handle %q", first.Handle)
	}
}

// The same answer twice: the second shows what came of the first, and nothing is asked again (UPS05).
func TestThreat_UPS05_callbackTwice(t *testing.T) {
	w := newWorld(t)
	values := w.authorize(w.away())
	for range 2 {
		if reply, err := w.begin(w.a.back, w.returned(values)); err != nil {
			t.Fatal(err)
		} else if _, ok := reply.(core.GoTo); !ok {
			t.Fatalf("%+v", reply)
		}
	}
	if n := w.times("/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	if reply, err := w.begin(w.a.back, nil); err != nil {
		t.Fatal(err)
	} else if _, ok := reply.(core.Identified); !ok {
		t.Errorf("%+v", reply)
	}
	// Once somebody was identified, nothing is left to identify them by.
	if reply, err := w.begin(w.a.back, nil); err != nil {
		t.Fatal(err)
	} else if to, ok := reply.(core.GoTo); !ok || to.Step != core.StepSignIn {
		t.Errorf("%+v", reply)
	}
}

// The steps refuse what does not belong to them.
func TestRP10_steps(t *testing.T) {
	w := newWorld(t)
	w.turn.Purpose = core.TurnEnrol
	_, err := w.begin(w.a.start, nil)
	w.wantPage(err, core.PageNotFound) // nobody to link it to
	w.turn.Account.ID = core.NewID(w.at)
	to := w.away()
	if to.Query().Get("prompt") != core.PromptSelect {
		t.Errorf("linking asks %q", to.Query().Get("prompt"))
	}
	if to.Query().Has("login_hint") {
		t.Error("the account's address hints at the identity to link")
	}
	values := w.authorize(to)
	mine := w.turn.Account
	w.turn.Account = core.Account{ID: core.NewID(w.at)}
	_, err = w.back(values)
	w.wantPage(err, core.PageOld) // begun for another account
	w.turn.Account, w.turn.Purpose = mine, core.TurnSignIn
	_, err = w.back(values)
	w.wantPage(err, core.PageOld) // begun to link, not to sign in
	w.turn.Purpose = core.TurnEnrol
	reply, err := w.back(values)
	if _, ok := reply.(core.Identified); !ok || err != nil {
		t.Errorf("%+v, %v", reply, err)
	}
	w.turn.Purpose = core.TurnSecond
	_, err = w.begin(w.a.start, nil)
	w.wantPage(err, core.PageNotFound)
}

func TestSignIn_methods(t *testing.T) {
	w := newWorld(t)
	if w.a.Method() != "upstream:acme" || w.a.Label() != "Acme" || !slices.Equal(w.a.Steps(), []core.Step{"upstream-acme", "upstream-acme-back"}) {
		t.Errorf("%s %s %v", w.a.Method(), w.a.Label(), w.a.Steps())
	}
	if e := w.a.Endpoints(); len(e) != 1 || e[0].Path != "/upstream/acme/callback" || e[0].Kind != core.EndpointReturn {
		t.Errorf("%+v", e)
	}
	if w.a.Usable(core.Account{}, nil) || !w.a.Usable(core.Account{}, []core.Credential{{CredentialKey: core.CredentialKey{Kind: "upstream:acme"}}}) {
		t.Error("usable without a link, or not with one")
	}
	reply, err := w.a.Continue(t.Context(), core.Turn{Step: w.a.back, Form: url.Values{}})
	if to, ok := reply.(core.GoTo); !ok || err != nil || to.Step != w.a.start {
		t.Errorf("a post: %+v, %v", reply, err)
	}
}

func TestFresh_askedAndChecked(t *testing.T) {
	five := 5 * time.Minute
	for name, c := range map[string]struct {
		request  core.AuthorizationRequest
		known    bool
		authTime any // seconds before now; nil says nothing
		change   func(*Provider)
		prompt   string
		maxAge   string
		problem  string
	}{
		"nothing asked":                 {},
		"prompt=login":                  {request: core.AuthorizationRequest{Prompt: []string{core.PromptLogin}}, authTime: 0, prompt: "login", maxAge: "0"},
		"prompt=login, long ago":        {request: core.AuthorizationRequest{Prompt: []string{core.PromptLogin}}, authTime: 120, prompt: "login", maxAge: "0", problem: problemStale},
		"prompt=login, says nothing":    {request: core.AuthorizationRequest{Prompt: []string{core.PromptLogin}}, prompt: "login", maxAge: "0", problem: problemStale},
		"known again":                   {known: true, authTime: 1, prompt: "login", maxAge: "0"},
		"known again, long ago":         {known: true, authTime: 3600, prompt: "login", maxAge: "0", problem: problemStale},
		"max_age":                       {request: core.AuthorizationRequest{MaxAge: &five}, authTime: 200, maxAge: "300"},
		"max_age passed":                {request: core.AuthorizationRequest{MaxAge: &five}, authTime: 400, maxAge: "300", problem: problemStale},
		"max_age not said":              {request: core.AuthorizationRequest{MaxAge: &five}, maxAge: "300", problem: problemStale},
		"max_age not said, and allowed": {request: core.AuthorizationRequest{MaxAge: &five}, maxAge: "300", change: func(p *Provider) { p.InsecureStaleSignIn = true }},
		"select_account":                {request: core.AuthorizationRequest{Prompt: []string{core.PromptSelect}}, prompt: "select_account"},
		"prompt=none is not handed on":  {request: core.AuthorizationRequest{Prompt: []string{core.PromptNone}}},
	} {
		t.Run(name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*Provider) {}
			}
			w := newWorld(t, change)
			w.turn.Request = &c.request
			if c.known {
				w.turn.Account = core.Account{ID: core.NewID(w.at), Profile: core.Profile{Email: "mara@example.com"}}
			}
			if s, ok := c.authTime.(int); ok {
				claim("auth_time", w.at.Unix()-int64(s))(w)
			}
			to := w.away()
			if to.Query().Get("prompt") != c.prompt || to.Query().Get("max_age") != c.maxAge {
				t.Errorf("asked %v", to.Query())
			}
			reply, err := w.back(w.authorize(to))
			if c.problem != "" {
				w.wantProblem(reply, err, c.problem)
			} else if _, ok := reply.(core.Identified); !ok || err != nil {
				t.Errorf("%+v, %v\n%s", reply, err, w.log.text())
			}
		})
	}
}

func TestRP16_factorsAndClasses(t *testing.T) {
	trust := func(p *Provider) { p.TrustAMR, p.PassACR = []string{"mfa", "urn:strong"}, true }
	for name, c := range map[string]struct {
		change   func(*Provider)
		amr, acr any
		must     []string
		want     []string
		problem  string
	}{
		"says nothing":             {change: trust, want: []string{"fed"}},
		"says mfa, is believed":    {change: trust, amr: []string{"pwd", "mfa"}, want: []string{"fed", "mfa"}},
		"by its class":             {change: trust, acr: "urn:strong", want: []string{"fed", "mfa"}},
		"says mfa, not believed":   {change: func(*Provider) {}, amr: []string{"mfa"}, want: []string{"fed"}},
		"amr is no list":           {change: trust, amr: "mfa", want: []string{"fed"}},
		"the class that was asked": {change: trust, acr: "urn:strong", must: []string{"urn:strong"}, want: []string{"fed", "mfa"}},
		"another class":            {change: trust, acr: "urn:weak", must: []string{"urn:strong"}, problem: problemStale},
		"no class":                 {change: trust, must: []string{"urn:strong"}, problem: problemStale},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.change)
			w.turn.Request = &core.AuthorizationRequest{ACRMust: c.must, ACRValues: []string{"urn:nice"}}
			w.id = func(m map[string]any) { m["amr"], m["acr"] = c.amr, c.acr }
			to := w.away()
			if asked := to.Query().Get("acr_values"); (asked == "") != (name == "says mfa, not believed") {
				t.Errorf("acr_values %q", asked)
			}
			reply, err := w.back(w.authorize(to))
			if c.problem != "" {
				w.wantProblem(reply, err, c.problem)
				return
			}
			who, ok := reply.(core.Identified)
			if !ok || err != nil || !slices.Equal(who.Identity.AMR, c.want) {
				t.Errorf("%+v, %v", reply, err)
			}
		})
	}
}

// RP-17: kept only where asked for, sealed, and revoked by whoever removes the link.
func TestRP17_tokens(t *testing.T) {
	w := newWorld(t, func(p *Provider) { p.KeepTokens = true })
	who := w.identity()
	if strings.Contains(string(who.Secret), "rt-1") {
		t.Error("the refresh token lies open")
	}
	kept, err := OpenTokens(who.Secret, unseal)
	if err != nil || kept.Refresh != "rt-1" || kept.Access != "at-1" {
		t.Errorf("%v %+v", err, struct{ A, R string }{kept.Access, kept.Refresh})
	}
	turn, link := core.Turn{At: w.at, Open: unseal}, core.Credential{CredentialTerms: core.CredentialTerms{Secret: who.Secret}}
	if err := w.a.Revoke(t.Context(), turn, link); err != nil {
		t.Fatal(err)
	}
	if w.times("/revoke") != 1 || w.liar.tokens.Get("token") != "rt-1" || w.liar.tokens.Get("token_type_hint") != "refresh_token" || w.basic[0] != clientID {
		t.Errorf("revoked %v as %v", w.liar.tokens, w.basic)
	}
	if err := w.a.Revoke(t.Context(), turn, core.Credential{}); err != nil || w.times("/revoke") != 1 {
		t.Error("nothing to revoke was revoked")
	}
	w.instead["/revoke"] = status(http.StatusServiceUnavailable)
	if err := w.a.Revoke(t.Context(), turn, link); err == nil {
		t.Error("a failure went unsaid")
	}
	if text, _ := json.Marshal(struct{ T any }{kept.String()}); strings.Contains(string(text), "rt-1") {
		t.Error("printed")
	}
}
