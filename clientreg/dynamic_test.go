package clientreg

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// idRoom is what a client_id has room for, beside its seal and its date.
const idRoom = 325

func dynamicTools() core.Tools {
	return core.Tools{
		Now: func() time.Time { return start }, Lifetimes: core.DefaultLifetimes(),
		Offers: core.Offers{
			Algorithms: []string{"RS256", "ES256", "EdDSA"},
			Scopes:     []string{"openid", "profile", "email", "offline_access", "todo:read", "todo:write", "admin"},
			Vetted:     []string{"admin"}, Resources: []string{"https://todo.example/mcp"},
		},
	}
}

const vscodeDev = "https://vscode.dev/redirect"

func dynamicLane(t *testing.T) *DynamicLane {
	t.Helper()
	l := Dynamic(DynamicOptions{Redirects: []string{vscodeDev, "cursor://anysphere.cursor-mcp/oauth/callback"}})
	if err := l.Start(dynamicTools()); err != nil {
		t.Fatal(err)
	}
	return l
}

// agents are what well-known programs register, as their public sources and
// issue trackers show it (requirements 5.6).
var agents = map[string]string{
	"Claude Code": `{"client_name":"Claude Code (todo)","redirect_uris":["http://localhost:3118/callback"],
		"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","scope":"todo:read todo:write"}`,
	"MCP Inspector": `{"redirect_uris":["http://localhost:6274/oauth/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],
		"response_types":["code"],"client_name":"MCP Inspector","client_uri":"https://github.com/modelcontextprotocol/inspector","scope":""}`,
	"Cursor, with three kinds at once": `{"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://vscode.dev/redirect","http://localhost:8787/callback"],
		"application_type":"web","client_name":"Cursor","grant_types":["authorization_code","refresh_token"]}`,
	"Visual Studio Code, for devices too": `{"client_name":"Visual Studio Code","client_uri":"https://code.visualstudio.com",
		"grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],
		"redirect_uris":["https://vscode.dev/redirect","http://127.0.0.1/","http://127.0.0.1:33418/"],"token_endpoint_auth_method":"none","application_type":"native"}`,
	"one with a secret in mind": `{"client_name":"hosted","redirect_uris":["http://localhost/callback"],"token_endpoint_auth_method":"client_secret_post"}`,
	"one that says null":        `{"client_name":null,"client_uri":null,"jwks":null,"redirect_uris":["http://[::1]/cb"],"scope":null,"contacts":null}`,
	"one of many words": `{"client_name":"Ein Werkzeug für Übersetzungen und Prüfungen 🔑","redirect_uris":["http://127.0.0.1:49152/oauth2/callback","http://localhost:49152/oauth2/callback"],
		"client_uri":"https://werkzeug.example.com/ueber-uns","tos_uri":"https://werkzeug.example.com/agb","policy_uri":"https://werkzeug.example.com/datenschutz",
		"logo_uri":"https://werkzeug.example.com/logo.svg","scope":"openid profile email offline_access todo:read","id_token_signed_response_alg":"ES256"}`,
}

func TestDynamic_IN_whatProgramsRegisterFitsAndComesBackEqual(t *testing.T) {
	l := dynamicLane(t)
	for name, body := range agents {
		t.Run(name, func(t *testing.T) {
			m, err := l.Read(dynamicTools(), []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			packed, err := l.Pack(dynamicTools(), m)
			if err != nil || len(packed) > idRoom {
				t.Fatalf("%d bytes, %v; an id has room for %d", len(packed), err, idRoom)
			}
			back, err := l.Unpack(dynamicTools(), packed)
			if err != nil || !same(m, back) {
				t.Errorf("got %+v, %v; want %+v", back, err, m)
			}
			if m.AuthMethod != core.AuthNone || len(m.Secrets) > 0 || m.FirstParty || m.InsecureNoPKCE || slices.Contains(m.GrantTypes, core.GrantClientCredentials) || len(m.Keys) > 0 {
				t.Errorf("more than a public client: %+v", m)
			}
			t.Logf("%d bytes", len(packed))
		})
	}
}

func TestDynamic_OR01_defaults(t *testing.T) {
	m, err := dynamicLane(t).Read(dynamicTools(), []byte(`{"redirect_uris":["http://127.0.0.1/cb","http://127.0.0.1/cb"],"client_secret":"x","first_party":true}`))
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	want := core.ClientMetadata{
		RedirectURIs: []string{"http://127.0.0.1/cb"}, ApplicationType: "native", AuthMethod: core.AuthNone,
		GrantTypes: []string{core.GrantAuthorizationCode}, Scopes: []string{"openid", "profile", "email", "todo:read", "todo:write"},
		Resources: []string{"https://todo.example/mcp"}, IDTokenAlgorithm: "RS256",
		Lifetimes: core.Lifetimes{RefreshIdle: 7 * day, RefreshMax: 30 * day},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v\nwant %+v", m, want)
	}
}

// DR-06, MC-11: what a client names is what it begins with; it may ask for the rest later.
func TestDynamic_DR06_scopesOfTheLaneAlone(t *testing.T) {
	const all = "openid profile email todo:read todo:write"
	for _, c := range []struct{ scope, grants, open, begin string }{
		{"todo:read admin nosuch", `["authorization_code"]`, all, "todo:read"},
		{"todo:write todo:read", `["authorization_code","refresh_token"]`, all + " offline_access", "todo:read todo:write"},
		{"offline_access", `["authorization_code","refresh_token"]`, all + " offline_access", ""},
		{"offline_access todo:read", `["authorization_code"]`, all, "todo:read"},
		{all, `["authorization_code"]`, all, ""},
		{"", `["authorization_code"]`, all, ""},
		{"admin", `["authorization_code"]`, "", ""},
		{"offline_access", `["authorization_code"]`, "", ""},
	} {
		body := `{"redirect_uris":["http://127.0.0.1/cb"],"scope":"` + c.scope + `","grant_types":` + c.grants + `}`
		m, err := dynamicLane(t).Read(dynamicTools(), []byte(body))
		if strings.Join(m.Scopes, " ") != c.open || strings.Join(m.DefaultScopes, " ") != c.begin || (err == nil) != (c.open != "") {
			t.Errorf("%s: got %v and %v, %v; want %q and %q", c.scope, m.Scopes, m.DefaultScopes, err, c.open, c.begin)
		}
	}
}

// What an id may start is judged by the rules of now, not by those it was made
// under.
func TestDynamic_rulesOfNowCount(t *testing.T) {
	tools, l := dynamicTools(), dynamicLane(t)
	m, err := l.Read(tools, []byte(`{"redirect_uris":["`+vscodeDev+`"],"scope":"todo:read openid"}`))
	if err != nil || m.ApplicationType != "web" {
		t.Fatalf("%+v, %v", m, err)
	}
	packed, err := l.Pack(tools, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Dynamic(DynamicOptions{}).Unpack(tools, packed); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("a redirect URI taken off the list: %v", err)
	}
	tools.Offers.Vetted = []string{"todo:read"}
	if m, err := l.Unpack(tools, packed); err != nil || !slices.Equal(m.DefaultScopes, []string{"openid"}) || slices.Contains(m.Scopes, "todo:read") {
		t.Errorf("a scope that is vetted now: %v, %v", m.Scopes, err)
	}
	tools.Offers.Scopes = []string{"email"}
	if _, err := l.Unpack(tools, packed); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("no scope is left: %v", err)
	}
}

func TestDynamic_optionsAreChecked(t *testing.T) {
	l := Dynamic(DynamicOptions{
		Redirects: []string{"http://app.example/cb"}, Scopes: []string{"admin", "nosuch"}, Start: 8 * 24 * time.Hour, Idle: time.Hour,
		InitialTokens: []Secret{{Text: "short"}}, PerAddress: -1, Altogether: -1,
	})
	err := l.Start(dynamicTools())
	for _, want := range []string{"Redirects[0]", "Start", "Idle", "InitialTokens[0]", "PerAddress", "Altogether"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
	err = Dynamic(DynamicOptions{Scopes: []string{"admin", "nosuch"}, Resources: []string{"https://other.example"}}).Start(dynamicTools())
	for _, want := range []string{`"admin"`, `"nosuch"`, "https://other.example"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

func TestDynamic_ownsItsShapeAlone(t *testing.T) {
	for id, want := range map[string]bool{
		"kw_cl_abc": true, "web": false, "https://client.example/x": false, "kw_at_abc": false, "KW_CL_abc": false,
		"kw_cl_" + strings.Repeat("a", core.MaxClientID): false,
	} {
		if got := Dynamic(DynamicOptions{}).Owns(id); got != want || want && owns(id) {
			t.Errorf("%.20q: %v", id, got)
		}
	}
}

func TestDynamic_aRowOfAnotherLaneIsNotIts(t *testing.T) {
	s := newStore(t)
	c := core.Client{ID: "kw_cl_abc", Lane: core.LaneSeeded, Row: core.Row{Change: core.NewID(start)}}
	if err := s.CreateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := Dynamic(DynamicOptions{}).Load(t.Context(), s, c.ID); !errors.Is(err, core.ErrNotFound) {
		t.Error(err)
	}
}

func FuzzDynamicRead(f *testing.F) {
	for _, body := range agents {
		f.Add([]byte(body))
	}
	for _, h := range hostile {
		if len(h.body) < 4096 {
			f.Add([]byte(h.body))
		}
	}
	l := Dynamic(DynamicOptions{Redirects: []string{vscodeDev}})
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := l.Read(dynamicTools(), body)
		if err != nil {
			var refused *core.OAuthError
			if !errors.As(err, &refused) || strings.ContainsFunc(refused.Description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if m.AuthMethod != core.AuthNone || len(m.RedirectURIs) == 0 || slices.ContainsFunc(m.RedirectURIs, func(u string) bool { return !l.allows(u) }) ||
			!legible(m.Name) || slices.Contains(m.Scopes, "admin") {
			t.Fatalf("accepted %+v", m)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		packed, err := l.Pack(dynamicTools(), m)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := l.Unpack(dynamicTools(), packed); err == nil && !same(m, back) {
			t.Fatalf("got %+v, want %+v", back, m)
		}
	})
}

func FuzzDynamicUnpack(f *testing.F) {
	l := Dynamic(DynamicOptions{})
	for _, body := range agents {
		if m, err := l.Read(dynamicTools(), []byte(body)); err == nil {
			packed, err := l.Pack(dynamicTools(), m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(packed)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := l.Unpack(dynamicTools(), b); err == nil && (m.AuthMethod != core.AuthNone || !l.allows(m.RedirectURIs[0])) {
			t.Fatalf("unpacked %+v", m)
		}
	})
}
