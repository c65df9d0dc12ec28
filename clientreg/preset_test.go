package clientreg_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// life signs in, agrees, redeems and refreshes; a redirect to loopback comes back to
// a program that listens on a port of its own.
func life(t *testing.T, p *providertest.Provider, ada *providertest.Person, seed clientreg.Seed) {
	t.Helper()
	for _, redirect := range seed.Completed().RedirectURIs {
		seed.ID += "-"
		c := p.Client(seed)
		c.RedirectURI = redirect
		if strings.HasPrefix(redirect, "http://") {
			program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "done") }))
			t.Cleanup(program.Close)
			at, err := url.Parse(redirect)
			if err != nil {
				t.Fatal(err)
			}
			at.Host = at.Hostname() + program.URL[strings.LastIndex(program.URL, ":"):]
			c.RedirectURI = at.String() // RFC 8252 section 7.3: whatever the port
		}
		request := c.AuthorizeWith(url.Values{"redirect_uri": {c.RedirectURI}})
		tokens := c.Redeem(request, ada.Browser().SignIn(request.URL))
		if again := c.Refresh(tokens.Refresh); again.Status != http.StatusOK || tokens.ID == "" {
			t.Errorf("%s by %s: a refresh is answered by %d %s", seed.Preset, redirect, again.Status, again.Body)
		}
	}
}

func TestPresets_ofPeople(t *testing.T) {
	p := providertest.New(t)
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	for _, seed := range []clientreg.Seed{
		clientreg.Web("web", "Notes", "https://notes.example/callback"),
		clientreg.SinglePage("page", "Notes", "https://notes.example/", "https://notes.example/silent"),
		clientreg.SinglePage("page-at-home", "Notes", "http://localhost:5173/"),
		clientreg.Native("native", "Notes", "com.example.notes:/callback", "http://127.0.0.1/callback", "https://notes.example/app"),
	} {
		t.Run(seed.ID, func(t *testing.T) { life(t, p, ada, seed) })
	}
}

// IN-01, IN-07, IN-08, IN-27: the programs that people connect.
func TestPresets_ofKnownClients(t *testing.T) {
	p := providertest.New(t)
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	for _, k := range clientreg.KnownClients() {
		t.Run(k.Preset, func(t *testing.T) {
			if k.Name == "" || len(k.RedirectURIs) == 0 || !strings.HasPrefix(k.Source, "https://") || len(k.Seen) != len("2026-11") {
				t.Errorf("something is missing of %+v", k)
			}
			life(t, p, ada, clientreg.Seed{ID: k.Preset, Preset: k.Preset})
			if k.SecretMethod != "" {
				life(t, p, ada, clientreg.Seed{ID: k.Preset + "-secret", Preset: k.Preset, Secret: clientreg.Secret{Text: "0123456789abcdef0123456789abcdef"}})
			}
		})
	}
}

// The guide lists them as they are.
func TestPresets_standInTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../docs/guides/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range clientreg.KnownClients() {
		row := fmt.Sprintf("| `%s` | [%s](%s), %s | `%s` | %s |\n", k.Preset, k.Name, k.Source, k.Seen, strings.Join(k.RedirectURIs, "`, `"), k.Note)
		if !strings.Contains(string(guide), row) {
			t.Errorf("the guide lacks %s", row)
		}
	}
}

// CO-01, CO-02, RT-02: scripts of the application's origin read the answers, others
// do not, and its refresh tokens rotate.
func TestPresets_singlePage(t *testing.T) {
	p := providertest.New(t)
	c := p.Client(clientreg.SinglePage("page", "Notes", "https://notes.example/"))
	for origin, allowed := range map[string]bool{"https://notes.example": true, "https://evil.example": false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.Issuer()+"/token", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		if got := p.Do(r).Header.Get("Access-Control-Allow-Origin"); (got == origin) != allowed {
			t.Errorf("%s may read: %q", origin, got)
		}
	}
	tokens := p.Person("ada@example.com", "seven slow trains to Turin").SignIn(c)
	if again := c.Refresh(tokens.Refresh); again.Refresh == "" || again.Refresh == tokens.Refresh {
		t.Errorf("the refresh token does not rotate: %d %s", again.Status, again.Body)
	}
	found, err := p.Store().Client(t.Context(), "page")
	if err != nil || !found.Public() || found.Rotation != "on" || found.ApplicationType != "web" {
		t.Errorf("%+v, %v", found.ClientMetadata, err)
	}
}

func TestPresets_service(t *testing.T) {
	const api = "https://api.example.com"
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: api, Scopes: []string{"read"}}}
	}))
	seed := clientreg.Service("job", "Nightly job")
	seed.Scope, seed.Resources = "read", []string{api}
	c := p.Client(seed)
	if got := c.Token(url.Values{"grant_type": {"client_credentials"}, "resource": {api}}); got.Status != 200 || got.Access == "" || got.Refresh != "" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := p.Person("ada@example.com", "seven slow trains to Turin").Browser().Open(c.Authorize("read").URL); got.Answer("code") != "" || got.Page() == "signin" {
		t.Errorf("people can sign in to it: %v", got.URL)
	}
}

func TestPresets_device(t *testing.T) {
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.DeviceGrant = true }))
	c := p.Client(clientreg.Device("tv", "Television"))
	var device struct {
		Code     string `json:"device_code"`
		Complete string `json:"verification_uri_complete"`
	}
	if got := c.Post("/device_authorization", url.Values{"scope": {"openid offline_access"}}); json.Unmarshal(got.Body, &device) != nil || device.Code == "" {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	b := p.Person("ada@example.com", "seven slow trains to Turin").Browser()
	b.Open(device.Complete)
	if landed := b.Landed(); landed.Page() == "device" {
		b.Submit("user_code", nil)
	}
	b.Continue()
	got := c.Token(url.Values{"grant_type": {core.GrantDeviceCode}, "device_code": {device.Code}})
	if got.Status != 200 || got.Refresh == "" {
		t.Fatalf("the browser is at %q; the device hears %d %s", b.Landed().Page(), got.Status, got.Body)
	}
	if again := c.Refresh(got.Refresh); again.Status != 200 {
		t.Errorf("a refresh is answered by %d %s", again.Status, again.Body)
	}
}

// lane reads a file as an operator writes it.
func lane(t *testing.T, text string) (core.ClientLane, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return clientreg.SeededFile(file)
}

func TestPresets_inTheFile(t *testing.T) {
	const clients = `clients:
  - {preset: web, client_id: web, redirect_uris: [https://a.example/cb], secret: 0123456789abcdef0123456789abcdef}
  - {preset: web, client_id: keys, redirect_uris: [https://a.example/cb], jwks_uri: https://a.example/keys}
  - {preset: single-page, client_id: page, redirect_uris: [https://a.example/cb], scope: openid}
  - {preset: native, client_id: native, redirect_uris: ["com.example.app:/cb"]}
  - {preset: service, client_id: job, scope: openid, secret: 0123456789abcdef0123456789abcdef}
  - {preset: device, client_id: tv}
  - {preset: chatgpt, client_id: chatgpt, redirect_uris: [https://chatgpt.com/connector/oauth/4f3a]}
  - {preset: claude, client_id: claude, client_name: Our Claude, secret: 0123456789abcdef0123456789abcdef}
  - {preset: cursor, client_id: cursor}
`
	seeded, err := lane(t, clients)
	if err != nil {
		t.Fatal(err)
	}
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.DeviceGrant, c.Clients = true, []core.ClientLane{seeded}
	}))
	for id, want := range map[string]string{
		"web":     "web client_secret_basic authorization_code refresh_token openid profile email offline_access https://a.example/cb",
		"keys":    "web private_key_jwt authorization_code refresh_token openid profile email offline_access https://a.example/cb",
		"page":    "web none authorization_code refresh_token openid https://a.example/cb",
		"native":  "native none authorization_code refresh_token openid profile email offline_access com.example.app:/cb",
		"job":     "web client_secret_basic client_credentials openid ",
		"tv":      "native none urn:ietf:params:oauth:grant-type:device_code refresh_token openid profile email offline_access ",
		"chatgpt": "web none authorization_code refresh_token openid profile email offline_access https://chatgpt.com/connector/oauth/4f3a",
		"claude": "web client_secret_post authorization_code refresh_token openid profile email offline_access " +
			"https://claude.ai/api/mcp/auth_callback https://claude.com/api/mcp/auth_callback",
		"cursor": "native none authorization_code refresh_token openid profile email offline_access " +
			"cursor://anysphere.cursor-mcp/oauth/callback http://localhost:8787/callback https://www.cursor.com/agents/mcp/oauth/callback",
	} {
		c, err := p.Store().Client(t.Context(), id)
		if err != nil {
			t.Fatal(id, err)
		}
		got := strings.Join([]string{c.ApplicationType, string(c.AuthMethod), strings.Join(c.GrantTypes, " "), strings.Join(c.Scopes, " "), strings.Join(c.RedirectURIs, " ")}, " ")
		if got != want {
			t.Errorf("%s is %s\nwant %s", id, got, want)
		}
	}
	if c, _ := p.Store().Client(t.Context(), "claude"); c.Name != "Our Claude" || c.FirstParty {
		t.Errorf("%+v", c.ClientMetadata)
	}
}

// Everything that is wrong comes at once, each with its client.
func TestPresets_allProblemsAtOnce(t *testing.T) {
	t.Setenv("KEYWRIGHT_TEST_EMPTY", "\n")
	t.Setenv("KEYWRIGHT_TEST_SHORT", "short\n")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := lane(t, `clients:
  - {preset: chatgtp, client_id: a, redirect_uris: [https://a.example/cb], secret_env: KEYWRIGHT_TEST_NOT_SET}
  - {preset: web, client_id: b, redirect_uris: [https://a.example/cb]}
  - {preset: native, client_id: c, redirect_uris: ["com.example.app:/cb"], secret_env: KEYWRIGHT_TEST_EMPTY}
  - {preset: service, client_id: d, secret_env: KEYWRIGHT_TEST_SHORT, secrets: [{secret_file: nowhere}, {secret_file: `+empty+`}]}
  - {preset: single-page, client_id: e, redirect_uris: ["http://a.example/cb"], refresh_token_rotation: "off"}
  - {preset: native, client_id: f}
`)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		`client "a": preset is "chatgtp", which is not known: use one of web, single-page, native, service, device, chatgpt,`,
		`client "a": secret secret_env names a variable that is not set: set KEYWRIGHT_TEST_NOT_SET`,
		`client "b": secret is missing, but client_secret_basic needs one`,
		`client "c": secret is there, but none uses none`,
		`client "c": secret secret_env names a variable that is empty: fill KEYWRIGHT_TEST_EMPTY`,
		`client "d": secret is shorter than 16 bytes`,
		`client "d": secret secret_file cannot be read`,
		`client "d": secret secret_file is empty: write the secret into ` + empty,
		`client "e": redirect_uris[0] cannot be registered`,
		`client "e": refresh_token_rotation is off for a public client`,
		`client "f": redirect_uris is empty`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 11 {
		t.Errorf("%d problems:\n%v", n, err)
	}
}

// writeAs writes a file with the very mode, whatever the umask.
func writeAs(file, text string, mode os.FileMode) error {
	return errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Chmod(file, mode))
}

// CA-04: a line break behind a secret is not part of it, and files that everybody
// may read are named.
func TestSecrets_fromFilesAndTheEnvironment(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	folder := t.TempDir()
	text := "clients:\n"
	for name, mode := range map[string]os.FileMode{"tight": 0o600, "loose": 0o644} {
		if err := writeAs(filepath.Join(folder, name), secret+"\r\n", mode); err != nil {
			t.Fatal(err)
		}
		text += "  - {preset: service, client_id: " + name + ", scope: openid, secret_file: " + name + "}\n"
	}
	t.Setenv("KEYWRIGHT_TEST_SECRET", secret+"\n")
	text += "  - {preset: service, client_id: env, scope: openid, secret_env: KEYWRIGHT_TEST_SECRET}\n" +
		"  - {preset: service, client_id: inside, scope: openid, secret: " + secret + "}\n"
	file := filepath.Join(folder, "clients.yaml")
	if err := writeAs(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	seeded, err := clientreg.SeededFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := providertest.New(t, providertest.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), providertest.WithConfig(func(c *keywright.Config) {
		c.Clients = []core.ClientLane{seeded}
	}))
	for _, id := range []string{"tight", "loose", "env", "inside"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer()+"/token", strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(id, secret)
		if got := p.Do(r); got.Error == "invalid_client" {
			t.Errorf("%s: %d %s", id, got.Status, got.Body)
		}
	}
	said := log.String()
	for name, want := range map[string]bool{
		"client=loose setting=secret_file file=" + folder + "/loose": true, "client=inside setting=secret file=" + file: true, "client=tight": false, secret: false,
	} {
		if strings.Contains(said, name) != want {
			t.Errorf("%q in the log: %v, want %v\n%s", name, !want, want, said)
		}
	}
}

// Names of known programs stand for their addresses among what may be registered.
func TestDynamic_redirectsByName(t *testing.T) {
	dynamic := clientreg.Dynamic(clientreg.DynamicOptions{Redirects: []string{"cursor", "https://a.example/cb"}})
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Clients = append(c.Clients, dynamic) }))
	for uris, want := range map[string]int{
		`"cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"`: 201, // IN-07
		`"https://a.example/cb"`:                    201,
		`"https://claude.ai/api/mcp/auth_callback"`: 400,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer()+"/register", strings.NewReader(`{"client_name":"A","redirect_uris":[`+uris+`]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if got := p.Do(r); got.Status != want {
			t.Errorf("%s: %d %s", uris, got.Status, got.Body)
		}
	}
	err := clientreg.Dynamic(clientreg.DynamicOptions{Redirects: []string{"curser", "/cb"}}).Start(core.Tools{Now: p.Now})
	if err == nil || strings.Count(err.Error(), "neither a URI nor a program that is known") != 2 {
		t.Error(err)
	}
}
