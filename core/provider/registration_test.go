package provider_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

func TestDR01_DR02_theAnswerSaysWhatIsRegistered(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	r := w.send(http.MethodPost, "/register", `{"client_name":"Todo CLI","redirect_uris":["http://127.0.0.1/cb","http://localhost:3118/cb"],
		"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"scope":"openid admin nosuch",
		"token_endpoint_auth_method":"client_secret_post","client_uri":"https://todo.example/","tos_uri":"https://todo.example/tos",
		"logo_uri":"https://todo.example/logo.png","contacts":["me@todo.example"],"client_id":"mine","client_secret":"mine","skip_consent":true,"tenant":"other"}`)
	id := r.says("client_id")
	want := map[string]any{
		"client_id": id, "client_id_issued_at": float64(w.now().Unix()), "client_name": "Todo CLI",
		"redirect_uris": []any{"http://127.0.0.1/cb", "http://localhost:3118/cb"}, "application_type": "native",
		"grant_types": []any{"authorization_code", "refresh_token"}, "response_types": []any{"code"}, "token_endpoint_auth_method": "none",
		"scope": "openid offline_access", "client_uri": "https://todo.example/", "tos_uri": "https://todo.example/tos",
		"id_token_signed_response_alg": "RS256",
	}
	if r.status != http.StatusCreated || !reflect.DeepEqual(r.body, want) {
		t.Errorf("%d %v\nwant %v", r.status, r.body, want)
	}
	if r.header.Get("Cache-Control") != "no-store" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", r.header)
	}
	if !strings.HasPrefix(id, "kw_cl_") || len(id) > core.MaxClientID || strings.Contains(id, "Todo") {
		t.Errorf("the id %q", id)
	}
}

func TestDS05_MC05_metadataNamesTheEndpointWhereItIsOn(t *testing.T) {
	for on, w := range map[bool]*world{true: newRegisteringWorld(t, clientreg.DynamicOptions{}), false: newWorld(t)} {
		for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
			if got, has := w.send(http.MethodGet, path, "").body["registration_endpoint"]; has != on || on && got != issuer+"/register" {
				t.Errorf("%s, on %v: %v", path, on, got)
			}
		}
		r := w.browser().do(http.MethodPost, "/register", nil)
		if (r.status == http.StatusNotFound) == on {
			t.Errorf("on %v: status %d", on, r.status)
		}
	}
}

func TestDCR04_registeringStoresNothing(t *testing.T) {
	const times = 10_000
	w := newRegisteringWorld(t, clientreg.DynamicOptions{PerAddress: times + 1, Altogether: times + 1, Manage: true})
	clients, events := w.rows()
	w.store.Reset()
	ids := map[string]bool{}
	for range times {
		ids[w.register(cli)] = true
	}
	if len(ids) != times {
		t.Errorf("%d different ids", len(ids))
	}
	if c, e := w.rows(); c != clients || e != events {
		t.Errorf("%d clients and %d events more", c-clients, e-events)
	}
	if seen := w.store.Seen(); !reflect.DeepEqual(seen, map[string]int{"Take": times}) {
		t.Errorf("calls: %v; want the limits alone", seen)
	}
}

func TestDCR04_limitsHoldOnAllReplicas(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{PerAddress: 3, Altogether: 5})
	refused := func(from string) bool {
		w.t.Helper()
		w.restart() // another replica
		r := w.send(http.MethodPost, "/register", cli, "from", from)
		if r.status == http.StatusTooManyRequests && (r.header.Get("Retry-After") == "" || r.says("error") != "slow_down") {
			t.Errorf("%v %s", r.header, r.text)
		}
		return r.status != http.StatusCreated
	}
	got := []bool{}
	for _, from := range []string{"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		got = append(got, refused(from))
	}
	if want := []bool{false, false, false, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("refused: %v, want %v", got, want)
	}
	w.pass(time.Hour)
	if refused("192.0.2.1") {
		t.Error("refused after the hour")
	}
}

func TestDR05_initialAccessToken(t *testing.T) {
	const token = "an initial access token of some length"
	w := newRegisteringWorld(t, clientreg.DynamicOptions{InitialTokens: []clientreg.Secret{{Text: token}}, Altogether: 1})
	for _, header := range []string{"", "Bearer wrong", "Basic " + token, "Bearer " + token + "x"} {
		r := w.send(http.MethodPost, "/register", cli, "Authorization", header)
		if r.status != http.StatusUnauthorized || r.says("error") != "invalid_token" || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: %d %s", header, r.status, r.text)
		}
	}
	w.register(cli, "Authorization", "Bearer "+token) // what was refused used up nothing
}

func TestDCR_registerAuthorizeTokenRefresh(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	id := w.register(cli)
	before, _ := w.rows()
	b := w.browser()
	s := b.signIn(atLoopback(id), "ada@example.com")
	b.want(s, core.PageConsent)
	if s.App.Lane != core.LaneDCR || !s.Consent.Unverified || s.App.RedirectHost != "127.0.0.1:49152" {
		t.Errorf("the person is told of %+v, unverified %v", s.App, s.Consent.Unverified)
	}
	if c, _ := w.rows(); c != before {
		t.Error("a row before anybody has agreed")
	}
	answer := b.approve(atLoopback(id))
	row, err := w.store.Client(t.Context(), id)
	if err != nil || row.Lane != core.LaneDCR || row.Name != "Todo CLI" || row.AuthMethod != core.AuthNone {
		t.Fatalf("row %+v, %v", row, err)
	}
	tokens := w.redeem(id, answer.Get("code"))
	if tokens.status != http.StatusOK || tokens.says("refresh_token") == "" || tokens.says("id_token") == "" {
		t.Fatalf("%d %s", tokens.status, tokens.text)
	}
	next := w.refresh(id, tokens.says("refresh_token"))
	if next.status != http.StatusOK || next.says("refresh_token") == tokens.says("refresh_token") {
		t.Fatalf("%d %s", next.status, next.text)
	}
	second := w.redeem(id, b.approve(atLoopback(id)).Get("code"))
	if again, err := w.store.Client(t.Context(), id); err != nil || again.Version != 1 || second.status != http.StatusOK {
		t.Errorf("a second time: version %d, %v, status %d", again.Version, err, second.status)
	}
	w.switchOff(id)
	for _, token := range []string{next.says("refresh_token"), second.says("refresh_token")} {
		if r := w.refresh(id, token); r.status == http.StatusOK {
			t.Errorf("refreshed for a client that is switched off: %s", r.text)
		}
	}
	w.pass(core.MaxClientStale)
	b.wantError(b.get(atLoopback(id)), core.PageAppOff)
	w.pass(core.MaxRegistrationStart)
	w.purge()
	b.wantError(b.get(atLoopback(id)), core.PageAppOff)
}

// switchOff is what an operator does.
func (w *world) switchOff(id string) {
	w.t.Helper()
	c, err := w.store.Client(w.t.Context(), id)
	w.must(err)
	c.Disabled, c.Epoch, c.Change = true, c.Epoch+1, core.NewID(w.now())
	w.must(w.store.UpdateClient(w.t.Context(), c))
}

func (w *world) purge() {
	w.t.Helper()
	for more := true; more; {
		var err error
		_, more, err = w.db.Purge(w.t.Context(), w.now(), 100)
		w.must(err)
	}
}

func TestCON01_MD04_consentIsNeverRemembered(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Redirects: []string{assistant}})
	hosted := w.register(`{"redirect_uris":["` + assistant + `"],"scope":"openid email","id_token_signed_response_alg":"ES256"}`)
	for id, target := range map[string]string{
		w.register(cli): "http://127.0.0.1:49152/cb", hosted: assistant,
	} {
		b := w.browser()
		ask := func(more ...string) string { return request(id, append([]string{"redirect_uri", target}, more...)...) }
		s := b.signIn(ask(), "ada@example.com")
		b.submit(s, "decision", "allow", "mine", "on", "remember", "on")
		b.want(b.get(ask()), core.PageConsent)
		if s := b.get(ask("prompt", "none")); !strings.HasPrefix(s.location, target+"?") || !strings.Contains(s.location, "error=consent_required") {
			t.Errorf("prompt=none: %q", s.location)
		}
	}
	b := w.browser()
	b.approve(atLoopback(w.register(cli)))
	b.want(b.get(atLoopback(w.register(cli))), core.PageConsent) // DCR09: the same words, another id
}

func TestAZ08_noInstantRedirectToWhoRegisteredItself(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	s := w.browser().get(atLoopback(w.register(cli), "scope", `"`))
	if s.location != "" || s.Name != core.PageLeave {
		t.Errorf("page %q, location %q", s.Name, s.location)
	}
}

func TestDCR_firstApprovalsRace(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	id := w.register(cli)
	const people = 8
	var pages []shown
	var browsers []*browser
	for range people {
		b := w.browser()
		browsers, pages = append(browsers, b), append(pages, b.signIn(atLoopback(id), "ada@example.com"))
	}
	codes := make([]string, people)
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			s := browsers[i].do(http.MethodPost, pages[i].Form.Action, pages[i].fields("decision", "allow", "mine", "on"))
			if _, code, ok := strings.Cut(browsers[i].follow(s).location, "code="); ok {
				codes[i], _, _ = strings.Cut(code, "&")
			}
		})
	}
	wg.Wait()
	for i, code := range codes {
		if r := w.redeem(id, code); r.status != http.StatusOK {
			t.Errorf("number %d: %d %s", i, r.status, r.text)
		}
	}
	admitted, err := w.store.Events(t.Context(), core.EventFilter{Name: core.EventClientAdmitted}, core.PageOf{Limit: 10})
	if err != nil || len(admitted) != 1 {
		t.Errorf("admitted %d times, %v", len(admitted), err)
	}
}

// forgetful loses the answer of a write of a client, after it has taken effect.
type forgetful struct {
	core.Store
	lose int
}

func (f *forgetful) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	err := f.Store.CreateClient(ctx, c, e...)
	if f.lose--; f.lose >= 0 {
		return core.Unavailable(errors.New("cut"))
	}
	return err
}

func TestDCR_aLostAnswerIsFoundOut(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	w.config.Store = &forgetful{Store: w.store, lose: 1}
	w.restart()
	id := w.register(cli)
	if r := w.redeem(id, w.browser().approve(atLoopback(id)).Get("code")); r.status != http.StatusOK {
		t.Errorf("first approval: %d %s", r.status, r.text)
	}
	w.config.Store = &forgetful{Store: w.store, lose: 1}
	w.restart()
	m := w.registerManaged()
	if r := m.put(`"redirect_uris":["http://127.0.0.1/cb"],"client_name":"New"`); r.status != http.StatusOK || r.says("client_name") != "New" {
		t.Errorf("replaced: %d %s", r.status, r.text)
	}
}

func TestDCR_anIDThatNobodyApprovedEnds(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Start: time.Hour})
	id := w.register(cli)
	b := w.browser()
	w.pass(time.Hour - time.Second)
	consent := b.signIn(atLoopback(id), "ada@example.com")
	b.want(consent, core.PageConsent)
	w.pass(time.Second + core.MaxClientStale)
	b.wantError(w.browser().get(atLoopback(id)), core.PageAppUnknown)
	b.wantError(b.submit(consent, "decision", "allow", "mine", "on"), core.PageAppUnknown) // DCR05
	if r := w.redeem(id, "kw_ac_x"); r.says("error") != "invalid_client" {
		t.Errorf("at the token endpoint: %s", r.text)
	}
	if _, err := w.store.Client(t.Context(), id); !errors.Is(err, core.ErrNotFound) {
		t.Error("it has a row")
	}
}

func TestDR09_DCR05_kept90DaysPastTheLastGrant(t *testing.T) {
	const day = 24 * time.Hour
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	id, b := w.register(cli), w.browser()
	tokens := w.redeem(id, b.approve(atLoopback(id)).Get("code"))
	row := func() core.Client {
		t.Helper()
		c, err := w.store.Client(t.Context(), id)
		w.must(err)
		return c
	}
	w.pass(5 * day)
	if r := w.refresh(id, tokens.says("refresh_token")); r.status != http.StatusOK || row().Version != 1 {
		t.Fatalf("refreshing: %d, and the client was written %d times", r.status, row().Version)
	}
	b.approve(atLoopback(id))
	if row().Version != 1 {
		t.Error("an approval within a sixteenth of the idle time wrote the client")
	}
	w.pass(day)
	b.approve(atLoopback(id))
	if c := row(); c.Version != 2 || c.KeepUntil.Before(w.now().Add(120*day)) {
		t.Errorf("version %d, kept until %v", c.Version, c.KeepUntil)
	}
	w.pass(119 * day) // the grant may live 30 days
	w.purge()
	b.w.must(func() error { _, err := w.store.Client(t.Context(), id); return err }())
	w.pass(8 * day)
	w.purge()
	if _, err := w.store.Client(t.Context(), id); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
	b.wantError(w.browser().get(atLoopback(id)), core.PageAppUnknown)
}

func TestCO01_HDR10_pagesOfThisComputerMayRegister(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Redirects: []string{assistant}})
	for origin, want := range map[string]bool{
		"http://localhost:6274": true, "http://127.0.0.1:1": true, "http://[::1]:6274": true, "https://assistant.example": true,
		"https://evil.example": false, "null": false, "http://localhost.evil.example": false, "http://localhost:6274/x": false,
		"http://a@localhost": false, "https://assistant.example.evil": false, "http://assistant.example": false, "https://localhost": false,
	} {
		for _, path := range []string{"/register", "/token"} {
			r := w.send(http.MethodOptions, path, "", "Origin", origin, "Access-Control-Request-Method", "POST")
			if got := r.header.Get("Access-Control-Allow-Origin"); (got == origin) != want || !want && got != "" {
				t.Errorf("%s from %s: %q", path, origin, got)
			}
			if r.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: credentials", path, origin)
			}
		}
	}
}
