package bench

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/webpage"
)

// caller is one client of the load: a connection, a browser's cookies, tokens.
type caller struct {
	issuer  string
	email   string
	address string       // that a proxy says it has; empty is none
	http    *http.Client // a browser
	lean    *lean        // a program
	cookies string       // of the browser, as a program sends them
	tokens  tokens       // of a grant for the provider itself
	things  tokens       // of a grant for the API that takes JWTs
	codes   *codes       // of all callers of a crowd
}

type tokens struct{ Access, Refresh string }

// read takes both tokens of an answer.
func (t *tokens) read(answer []byte) (err error) {
	if t.Access, err = text(answer, "access_token"); err != nil {
		return err
	}
	t.Refresh, err = text(answer, "refresh_token")
	return err
}

func newCaller(issuer, email string, jar http.CookieJar) *caller {
	return &caller{issuer: issuer, email: email, codes: &codes{}, lean: newLean(issuer), http: &http.Client{
		Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 2, ResponseHeaderTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signIn goes through whatever pages there are, as a person does, and ends with
// tokens for a resource; empty is the provider itself.
func (c *caller) signIn(resource string, into *tokens) error {
	verifier := newVerifier()
	at := c.issuer + c.authorizePath(challenge(verifier), resource)
	step, form := http.MethodGet, url.Values(nil)
	for range 12 {
		status, location, page, err := c.browse(step, at, form)
		if err != nil {
			return err
		}
		if code := codeIn(location); code != "" {
			return c.redeem(issued{code, verifier}, into)
		}
		if location != "" {
			step, at, form = http.MethodGet, c.absolute(location), nil
			continue
		}
		if at, form, err = c.fill(page); err != nil {
			return fmt.Errorf("bench: status %d: %w", status, err)
		}
		step = http.MethodPost
	}
	return fmt.Errorf("bench: the sign-in does not end")
}

// answers are those of somebody who agrees to everything: for each page the
// field or button that its form is known by, and what is done there.
func (c *caller) answers() []answered {
	return []answered{
		{"decision", map[string]string{"remember": "1"}, "allow"},
		{"password", map[string]string{"password": passphrase}, ""},
		{"identifier", map[string]string{"identifier": c.email}, ""},
	}
}

type answered struct {
	known  string
	fields map[string]string
	button string
}

// fill answers whatever the page asks, and says where to.
func (c *caller) fill(document string) (action string, form url.Values, err error) {
	page, err := webpage.Read(strings.NewReader(document))
	if err != nil {
		return "", nil, err
	}
	for _, a := range c.answers() {
		f, ok := page.Form(a.known)
		if !ok {
			continue
		}
		button := ""
		if a.button != "" {
			button = a.known
		}
		return c.absolute(f.Action), f.Submit(a.fields, button, a.button), nil
	}
	return "", nil, fmt.Errorf("a page that asks for something else: %s", page.Title)
}

func (c *caller) browse(method, at string, form url.Values) (status int, location, page string, err error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, at, body)
	if err != nil {
		return 0, "", "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.issuer)
	}
	if c.address != "" {
		r.Header.Set("X-Forwarded-For", c.address)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header.Get("Location"), string(b), err
}

func (c *caller) absolute(ref string) string {
	if strings.HasPrefix(ref, "/") {
		return c.issuer + ref
	}
	return ref
}

func (c *caller) authorizePath(challenge, resource string) string {
	ask := url.Values{
		"client_id": {appID}, "redirect_uri": {redirect}, "response_type": {"code"},
		"scope": {"openid profile email offline_access"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	if resource != "" {
		ask.Set("scope", "openid offline_access things")
		ask.Set("resource", resource)
	}
	return "/authorize?" + ask.Encode()
}

// redeem trades a code for tokens; into may be nil.
func (c *caller) redeem(code issued, into *tokens) error {
	answer, err := c.post("/token", "", "grant_type=authorization_code&client_id="+appID+"&code="+url.QueryEscape(code.code)+
		"&redirect_uri="+url.QueryEscape(redirect)+"&code_verifier="+code.verifier)
	if err != nil || into == nil {
		return err
	}
	return into.read(answer)
}

// refresh trades a refresh token for the next one, and for a token for a
// resource; empty is what was granted.
func (c *caller) refresh(held *tokens, resource string) error {
	form := "grant_type=refresh_token&client_id=" + appID + "&refresh_token=" + url.QueryEscape(held.Refresh)
	if resource != "" {
		form += "&resource=" + url.QueryEscape(resource)
	}
	answer, err := c.post("/token", "", form)
	if err != nil {
		return err
	}
	return held.read(answer)
}

// post sends a form to an endpoint and returns its answer, which is good until
// the next one.
func (c *caller) post(path, basic, form string) ([]byte, error) {
	head := ""
	if basic != "" {
		head = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(basic)) + "\r\n"
	}
	return c.do(http.MethodPost, path, head, []byte(form))
}

func (c *caller) get(path, bearer string) error {
	head := ""
	if bearer != "" {
		head = "Authorization: Bearer " + bearer + "\r\n"
	}
	_, err := c.do(http.MethodGet, path, head, nil)
	return err
}

func (c *caller) do(method, path, head string, body []byte) ([]byte, error) {
	answer, err := c.lean.ask(method, c.base()+path, head, body)
	if err == nil && answer.status != http.StatusOK {
		err = fmt.Errorf("bench: %s answered %d: %s", path, answer.status, bytes.TrimSpace(answer.body))
	}
	return answer.body, err
}

// base is the path of the issuer.
func (c *caller) base() string {
	_, rest, _ := strings.Cut(c.issuer, "://")
	if at := strings.IndexByte(rest, '/'); at >= 0 {
		return rest[at:]
	}
	return ""
}

func codeIn(location string) string {
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, redirect) {
		return ""
	}
	return u.Query().Get("code")
}

func newVerifier() string { return rand.Text() + rand.Text() }

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
