package quickstart

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// journal is everything that is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) bytes() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.text.Bytes())
}

// secrets are what must be found nowhere, by what they are.
type secrets map[string]string

// forms are the ways in which a secret could be written.
func forms(secret string) map[string]string {
	return map[string]string{
		"raw": secret, "base64": base64.RawStdEncoding.EncodeToString([]byte(secret)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query": url.QueryEscape(secret), "path": url.PathEscape(secret),
	}
}

func (s secrets) find(t *testing.T, where string, in []byte) {
	t.Helper()
	for kind, secret := range s {
		if len(secret) < 6 {
			t.Errorf("no %s was seen, so nothing was looked for", kind)
		}
		for form, text := range forms(secret) {
			if bytes.Contains(in, []byte(text)) {
				t.Errorf("%s holds the %s (%s)", where, kind, form)
			}
		}
	}
}

// All flows and their errors run at debug level. No secret is in the log, nor in
// a dump of the database, and nothing that is in the dump opens anything.
func TestThreat_LEA01_Canaries(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres", "mysql"} {
		t.Run(kind, func(t *testing.T) {
			log, db := &journal{}, dumped(t, kind)
			found := secrets{"password": "canary horse battery, staple!", "wrong password": "canary of the wrong password", "client secret": "canary-client-secret-0123456789+/="}
			p := providertest.New(t, providertest.WithDatabase(db.Database), providertest.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			app := p.Client(clientreg.Seed{ID: "canary", Secret: clientreg.Secret{Text: clientreg.SecretText(found["client secret"])}})
			runCanaries(t, p, app, found)
			if len(log.bytes()) == 0 {
				t.Error("nothing was logged")
			}
			found.find(t, "the log", log.bytes())
			for _, kind := range []string{"mailed code", "state", "nonce"} { // six digits stand in a file by chance; the others are no secrets of ours
				delete(found, kind)
			}
			dump := db.dump(t)
			for _, row := range dump {
				found.find(t, "the dump", row)
			}
			presentAll(t, p, app, dump)
		})
	}
}

func runCanaries(t *testing.T, p *providertest.Provider, app *providertest.Client, found secrets) {
	t.Helper()
	who := p.Stranger("canary@example.com", found["password"])
	browser := who.Browser()
	request := app.Authorize()
	found["verifier"], found["nonce"], found["state"] = request.Verifier, request.Nonce, request.State
	landed := browser.SignUp(request.URL)
	found["mailed code"], found["code"] = p.LastCode(who.Email), landed.Answer("code")
	tokens := app.Redeem(request, landed)
	found["access token"], found["refresh token"], found["ID token"] = tokens.Access, tokens.Refresh, tokens.ID
	issuer, err := url.Parse(p.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range browser.HTTP().Jar.Cookies(issuer) {
		found["cookie "+c.Name] = c.Value
	}
	renewed := app.Refresh(tokens.Refresh)
	found["second access token"] = renewed.Access
	p.UserInfo(renewed.Access)
	app.Post("/introspect", url.Values{"token": {renewed.Access}})
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {found["code"]}, "redirect_uri": {app.RedirectURI}, "code_verifier": {request.Verifier}}
	app.Token(redeem) // a replay
	wrong := &providertest.Client{}
	*wrong = *app
	wrong.Secret = found["wrong password"]
	wrong.Token(redeem)
	p.UserInfo(tokens.Access + "x")
	app.Post("/revoke", url.Values{"token": {tokens.Refresh}})
	mistyped := p.Person("mistyped@example.com", found["password"])
	mistyped.Password = found["wrong password"]
	mistyped.Browser().SignIn(app.Authorize().URL)
	resetPassword(t, p, app, found)
	for _, address := range []string{
		"/userinfo?access_token=" + url.QueryEscape(tokens.Access), "/authorize?code_verifier=" + request.Verifier + "&client_secret=" + url.QueryEscape(found["client secret"]),
		"/end-session?id_token_hint=" + tokens.ID, "/interaction/" + found["code"] + "/signin", "/nothing/" + tokens.Refresh,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Issuer()+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer := p.Do(r)
		found.find(t, "the answer to "+address[:12], answer.Body)
	}
}

// resetPassword asks for a link and opens it: it is a secret in an address.
func resetPassword(t *testing.T, p *providertest.Provider, app *providertest.Client, found secrets) {
	t.Helper()
	who := p.Person("forgetful@example.com", found["password"])
	b := who.Browser()
	b.Open(app.Authorize().URL)
	b.Submit("signin", map[string]string{"identifier": who.Email})
	b.Follow("forgot")
	b.Submit("reset", map[string]string{"email": who.Email})
	link := p.LastLink(who.Email)
	found["mailed link"] = link[strings.LastIndex(link, "/")+1:]
	b.Open(link)
	b.Submit("new-password", map[string]string{"password": found["wrong password"]})
}
