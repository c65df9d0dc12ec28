package provider_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// managedClient is a registration with its token.
type managedClient struct {
	w             *world
	id, at, token string
}

func (w *world) registerManaged() managedClient {
	w.t.Helper()
	r := w.send(http.MethodPost, "/register", cli)
	m := managedClient{w, r.says("client_id"), strings.TrimPrefix(r.says("registration_client_uri"), issuer), r.says("registration_access_token")}
	if m.at != "/register/"+m.id || !strings.HasPrefix(m.token, "kw_ra_") {
		w.t.Fatalf("%d %s", r.status, r.text)
	}
	return m
}

func (m managedClient) send(method, body string) reply {
	m.w.t.Helper()
	return m.w.send(method, m.at, body, "Authorization", "Bearer "+m.token)
}

func (m managedClient) put(members string) reply {
	m.w.t.Helper()
	return m.send(http.MethodPut, `{"client_id":"`+m.id+`",`+members+`}`)
}

func TestDM01_readReplaceDelete(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m := w.registerManaged()
	clients, _ := w.rows()
	first := m.send(http.MethodGet, "")
	if first.status != http.StatusOK || first.says("client_name") != "Todo CLI" || first.says("registration_access_token") != m.token || first.body["client_id_issued_at"] == nil {
		t.Fatalf("%d %s", first.status, first.text)
	}
	if c, _ := w.rows(); c != clients {
		t.Error("reading stored a row")
	}
	r := m.put(`"redirect_uris":["http://127.0.0.1/cb"],"grant_types":["authorization_code"],"id_token_signed_response_alg":"ES256"`)
	if r.status != http.StatusOK || r.says("client_name") != "" || !reflect.DeepEqual(r.body["grant_types"], []any{"authorization_code"}) {
		t.Fatalf("DM-02, what is left out has its default: %d %s", r.status, r.text)
	}
	if again := m.send(http.MethodGet, ""); !reflect.DeepEqual(again.body, r.body) {
		t.Errorf("read %v\nafter %v", again.body, r.body)
	}
	b := w.browser()
	if r := w.redeem(m.id, b.approve(atLoopback(m.id)).Get("code")); r.status != http.StatusOK || r.says("refresh_token") != "" {
		t.Errorf("the row counts now, and it has no refresh grant: %d %s", r.status, r.text)
	}
	row, err := w.store.Client(t.Context(), m.id)
	if err != nil || row.Version != 2 || row.KeepUntil.Before(w.now().Add(90*24*time.Hour)) {
		t.Errorf("the approval has to move its end: version %d, %v, %v", row.Version, row.KeepUntil, err)
	}
	if r := m.send(http.MethodDelete, ""); r.status != http.StatusNoContent || r.text != "" {
		t.Errorf("%d %s", r.status, r.text)
	}
	if r := m.send(http.MethodGet, ""); r.status != http.StatusUnauthorized {
		t.Errorf("after deletion: %d %s", r.status, r.text)
	}
	w.pass(core.MaxClientStale)
	b.wantError(b.get(atLoopback(m.id)), core.PageAppUnknown)
}

// FLT04: a write whose answer was lost may take effect late, after the row was read
// without it. Then it refuses the next attempt, and is known for this request's own.
func TestFLT04_aManagedClientIsWrittenOnceThoughTheWriteWasLate(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m := w.registerManaged()
	late := w.belated()
	for version := uint64(1); version <= 2; version++ {
		late.arm()
		if r := m.put(`"redirect_uris":["http://127.0.0.1/cb"]`); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.text)
		}
		if row, err := w.store.Client(t.Context(), m.id); err != nil || row.Version != version {
			t.Errorf("version %d of %d: %v", row.Version, version, err)
		}
	}
	late.arm()
	if r := m.send(http.MethodDelete, ""); r.status != http.StatusNoContent {
		t.Errorf("%d %s", r.status, r.text)
	}
}

func TestDM03_deletionEndsWhatWasGranted(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m, b := w.registerManaged(), w.browser()
	tokens := w.redeem(m.id, b.approve(atLoopback(m.id)).Get("code"))
	waiting := b.approve(atLoopback(m.id)).Get("code")
	if r := m.send(http.MethodDelete, ""); r.status != http.StatusNoContent {
		t.Fatalf("%d %s", r.status, r.text)
	}
	if r := w.refresh(m.id, tokens.says("refresh_token")); r.status == http.StatusOK {
		t.Error("the refresh token still works")
	}
	if r := w.redeem(m.id, waiting); r.status == http.StatusOK {
		t.Error("the code still works")
	}
	userinfo := w.send(http.MethodGet, "/userinfo", "", "Authorization", "Bearer "+tokens.says("access_token"))
	if userinfo.status != http.StatusUnauthorized {
		t.Errorf("the access token still works: %d", userinfo.status)
	}
}

func TestDM_whatIsDeletedNeverReturns(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m := w.registerManaged()
	consent := w.browser()
	page := consent.signIn(atLoopback(m.id), "ada@example.com")
	if r := m.send(http.MethodDelete, ""); r.status != http.StatusNoContent {
		t.Fatalf("%d %s", r.status, r.text)
	}
	consent.wantError(consent.submit(page, "decision", "allow", "mine", "on"), core.PageAppUnknown)
	// Start is raised later, to the most it can be: the tombstone outlives that too.
	registering(clientreg.DynamicOptions{Manage: true, Start: core.MaxRegistrationStart})(&w.config)
	for range 8 {
		w.pass(24 * time.Hour)
		w.purge()
		w.restart()
		w.browser().wantError(w.browser().get(atLoopback(m.id)), core.PageAppUnknown)
	}
	w.pass(time.Hour * 24 * 30)
	w.purge()
	if _, err := w.store.Client(t.Context(), m.id); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("the tombstone stays for good: %v", err)
	}
}

func TestDM02_refusals(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m, other := w.registerManaged(), w.registerManaged()
	clients, _ := w.rows()
	const good = `"redirect_uris":["http://127.0.0.1/cb"]`
	for name, c := range map[string]struct{ body, code string }{
		"no id":                        {`{` + good + `}`, "invalid_client_metadata"},
		"another's id":                 {`{"client_id":"` + other.id + `",` + good + `}`, "invalid_client_metadata"},
		"a secret":                     {`{"client_id":"` + m.id + `","client_secret":"x",` + good + `}`, "invalid_client_metadata"},
		"what only the server sets":    {`{"client_id":"` + m.id + `","registration_access_token":"x",` + good + `}`, "invalid_client_metadata"},
		"DCR07 another lane's address": {`{"client_id":"` + m.id + `","redirect_uris":["https://app.example/cb"]}`, "invalid_redirect_uri"},
		"no addresses":                 {`{"client_id":"` + m.id + `"}`, "invalid_redirect_uri"},
	} {
		if r := m.send(http.MethodPut, c.body); r.status != http.StatusBadRequest || r.says("error") != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	if c, _ := w.rows(); c != clients {
		t.Errorf("%d rows more", c-clients)
	}
}

func TestDM04_DCR07_oneAnswerToEveryWrongToken(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m, other := w.registerManaged(), w.registerManaged()
	var texts []string
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		for _, c := range []managedClient{
			{w, m.id, m.at, other.token}, {w, m.id, m.at, "kw_ra_x"}, {w, m.id, m.at, ""}, {w, "kw_cl_x", "/register/kw_cl_x", m.token},
			{w, "app", "/register/app", m.token},
		} {
			r := c.send(method, cli)
			if r.status != http.StatusUnauthorized || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s %s: %d %s", method, c.at, r.status, r.text)
			}
			texts = append(texts, r.text)
		}
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("%s and %s", text, texts[0])
		}
	}
	w.pass(24 * time.Hour)
	if r := m.send(http.MethodGet, ""); r.status != http.StatusUnauthorized || r.text != texts[0] {
		t.Errorf("an id whose time is over: %d %s", r.status, r.text)
	}
}

func TestDM_switchedOffStaysOff(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true})
	m := w.registerManaged()
	w.browser().approve(atLoopback(m.id))
	w.switchOff(m.id)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		if r := m.send(method, `{"client_id":"`+m.id+`","redirect_uris":["http://127.0.0.1/cb"]}`); r.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", method, r.status, r.text)
		}
	}
	if c, err := w.store.Client(t.Context(), m.id); err != nil || !c.Disabled || c.Deleted {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDM_offByDefault(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{})
	r := w.send(http.MethodPost, "/register", cli)
	if _, has := r.body["registration_access_token"]; has || r.body["registration_client_uri"] != nil {
		t.Error(r.text)
	}
	if s := w.browser().do(http.MethodGet, "/register/"+r.says("client_id"), nil); s.status != http.StatusNotFound {
		t.Errorf("status %d", s.status)
	}
}

// Rows that are written by replacing count as registrations, and go by
// themselves.
func TestDCR04_replacingIsBoundedToo(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Manage: true, PerAddress: 2})
	m := w.registerManaged()
	if r := m.put(`"redirect_uris":["http://127.0.0.1/cb"]`); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.text)
	}
	if r := m.put(`"redirect_uris":["http://127.0.0.1/cb"]`); r.status != http.StatusTooManyRequests {
		t.Errorf("%d %s", r.status, r.text)
	}
	w.pass(core.MaxRegistrationStart + 30*24*time.Hour)
	w.purge()
	if _, err := w.store.Client(t.Context(), m.id); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("a row that nobody approved stays: %v", err)
	}
}
