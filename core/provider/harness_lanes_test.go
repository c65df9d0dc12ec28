package provider_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/provider"
)

const (
	published = "https://notes.example/client.json"
	document  = `{"client_id":"` + published + `","client_name":"Notes","redirect_uris":["http://127.0.0.1/cb"],"application_type":"native",
		"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none","id_token_signed_response_alg":"ES256"}`
)

// web is the internet: it has one document.
type web struct{}

func (web) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != published {
		return nil, errors.New("nobody is there")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(document)), ContentLength: int64(len(document)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

type deafObserver struct{}

func (deafObserver) Observe(context.Context, core.Event) {}

// lanesWorld has a client of each lane, all alike: public, at this computer, and a
// resource server that introspects. With approval, clients wait for an operator.
type lanesWorld struct {
	*world
	seeded *clientreg.SeededLane
	ids    map[core.Lane]string
}

func newLanesWorld(t testing.TB, approval bool) *lanesWorld {
	t.Helper()
	l := &lanesWorld{seeded: clientreg.Seeded(
		clientreg.Seed{
			ID: "desk", Name: "Desk", RedirectURIs: []string{"http://127.0.0.1/cb"}, AuthMethod: "none", IDTokenAlgorithm: "ES256",
			GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, Scope: "openid email offline_access",
		},
		clientreg.Seed{
			ID: "api", Name: "API", Secret: clientreg.Secret{Text: "a secret of full entropy, or so it says"}, AuthMethod: "client_secret_post",
			GrantTypes: []string{core.GrantClientCredentials}, Serves: []string{issuer}, Scope: "openid",
		},
	)}
	l.world = newWorld(t, func(c *provider.Config) {
		registering(clientreg.DynamicOptions{Manage: true, Approval: approval})(c)
		documents := cimd.New(cimd.Options{Approval: approval})
		tools := c.Tools
		tools.Issuer, tools.HTTP, tools.Observer = issuer, &http.Client{Transport: web{}}, deafObserver{}
		for _, lane := range []core.ClientLane{documents, l.seeded} {
			if err := lane.Start(tools); err != nil {
				t.Fatal(err)
			}
		}
		c.Lanes = []core.ClientLane{l.seeded, documents, c.Lanes[1]}
	})
	l.must(l.seeded.Apply(t.Context(), l.store))
	l.ids = map[core.Lane]string{core.LaneSeeded: "desk", core.LaneCIMD: published, core.LaneDCR: l.register(cli)}
	return l
}

// admin is the operator's side, through the provider p.
func (l *lanesWorld) admin(p *provider.Provider) admin.Clients {
	return admin.Clients{Store: l.store, Now: l.now, Unstored: p.UnstoredClient, Changed: p.ForgetClient}
}

// replica is another provider over the same rows.
func (l *lanesWorld) replica() *provider.Provider {
	p, err := provider.New(l.config)
	l.must(err)
	return p
}

// at answers the next requests by another replica.
func (l *lanesWorld) at(p *provider.Provider) { l.world.provider = p }

// tokens goes the whole way to tokens, by a new browser.
func (l *lanesWorld) tokens(id string) (b *browser, refresh, access string) {
	l.t.Helper()
	b = l.browser()
	r := l.redeem(id, b.approve(l.ask(id)).Get("code"))
	if r.status != http.StatusOK {
		l.t.Fatalf("%s: %d %s", id, r.status, r.text)
	}
	return b, r.says("refresh_token"), r.says("access_token")
}

// ask is an authorization request.
func (l *lanesWorld) ask(id string, more ...string) string {
	return atLoopback(id, append([]string{"scope", "openid email offline_access"}, more...)...)
}

// stands says what refresh, userinfo and introspection make of tokens.
func (l *lanesWorld) stands(id, refresh, access string) (refreshed, read, active bool) {
	l.t.Helper()
	r := l.send(http.MethodPost, "/introspect", url.Values{
		"client_id": {"api"}, "client_secret": {"a secret of full entropy, or so it says"}, "token": {access},
	}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if r.status != http.StatusOK {
		l.t.Fatalf("introspection: %d %s", r.status, r.text)
	}
	active, _ = r.body["active"].(bool)
	info := l.send(http.MethodGet, "/userinfo", "", "Authorization", "Bearer "+access)
	return l.refresh(id, refresh).status == http.StatusOK, info.status == http.StatusOK, active
}

// happened lists what is stored of the client.
func (l *lanesWorld) happened(id string, name core.EventName) []core.Event {
	l.t.Helper()
	list, err := l.store.Events(l.t.Context(), core.EventFilter{Client: id, Name: name}, core.PageOf{Limit: 100})
	l.must(err)
	return list
}
