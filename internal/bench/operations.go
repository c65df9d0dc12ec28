package bench

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// operation is one thing that is measured: prepare makes what one caller
// repeats.
type operation struct {
	name string
	// budget is its CPU time in µs by store, as design.md section 13 has it for
	// 16 callers, on a machine whose bare handler takes bareBudget.
	budget  map[string]float64
	crowds  []Crowd // nil is People alone
	prepare func(c *caller) func() error
	// stock makes, off the clock, what n repeats use up.
	stock func(c *caller, n int) error
}

// bareBudget is the CPU time of the bare handler, in µs, that budgets were
// written beside.
const bareBudget = 17

// The names of operations that are looked for elsewhere.
const (
	bareHandler = "bare handler"
	refreshing  = "refresh, one ES256 signature"
	redemption  = "code redemption"
)

func budget(memory, sqlite, postgres, mysql float64) map[string]float64 {
	return map[string]float64{"memory": memory, "sqlite": sqlite, "postgres": postgres, "mysql": mysql}
}

func same(µs float64) map[string]float64 { return budget(µs, µs, µs, µs) }

// with says whether the operation is measured with a crowd.
func (o *operation) with(c Crowd) bool {
	return c == People && o.crowds == nil || slices.Contains(o.crowds, c)
}

// together says that all callers repeat it at the same time, round by round:
// they hold one refresh token and must all be given the same next one.
func (o *operation) together(c Crowd) bool { return c == Grant && o.name == refreshing }

// operations in the order of the report. The first is the bare handler that all
// others are compared with.
func operations() []operation {
	read, own := Crowds(), []Crowd{People, Person}
	return []operation{
		{name: bareHandler, prepare: getting("/bare")},
		{name: "bare handler, 2 kB", prepare: getting("/bare-2kB")}, // what the size of a document costs by itself
		{name: "discovery", budget: same(20), prepare: getting("/.well-known/openid-configuration")},
		{name: "JWKS", budget: same(20), prepare: getting("/jwks")},
		{name: "client_credentials, opaque", budget: same(45), prepare: jobToken("jobs", "")},
		{name: "client_credentials, ES256 JWT", budget: same(80), prepare: jobToken("things", apiJWT)},
		{name: "introspection", budget: budget(45, 75, 110, 160), crowds: read, prepare: introspection},
		{name: "userinfo", budget: budget(40, 75, 110, 160), crowds: read, prepare: func(c *caller) func() error {
			return func() error { return c.get("/userinfo", c.tokens.Access) }
		}},
		{name: refreshing, budget: budget(100, 180, 280, 470), crowds: read, prepare: func(c *caller) func() error {
			return func() error { return c.refresh(&c.tokens, "") }
		}},
		{name: "refresh, two signatures", budget: budget(130, 210, 310, 500), prepare: func(c *caller) func() error {
			return func() error { return c.refresh(&c.things, apiJWT) }
		}},
		{name: "a job's token, made and revoked", prepare: madeAndRevoked},
		{name: "authorize, signed in and agreed", crowds: own, prepare: func(c *caller) func() error {
			return func() error { _, err := c.authorize(); return err }
		}},
		{name: redemption, crowds: own, prepare: redeemStock, stock: (*caller).stock},
		{name: "code flow, signed in and agreed", budget: budget(170, 370, 650, 950), crowds: own, prepare: codeFlow},
	}
}

func getting(path string) func(c *caller) func() error {
	return func(c *caller) func() error {
		return func() error { return c.get(path, "") }
	}
}

// jobToken asks for a token for a resource; empty is the provider itself.
func jobToken(scope, resource string) func(c *caller) func() error {
	return func(c *caller) func() error {
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "resource": {cmp.Or(resource, c.issuer)}}.Encode()
		return func() error {
			_, err := c.post("/token", jobID+":"+secret, form)
			return err
		}
	}
}

func introspection(c *caller) func() error {
	form := "token=" + url.QueryEscape(c.tokens.Access)
	return func() error {
		answer, err := c.post("/introspect", serverID+":"+secret+"2", form)
		if err == nil && !bytes.Contains(answer, []byte(`"active":true`)) {
			err = errors.New("bench: the token is not active")
		}
		return err
	}
}

// madeAndRevoked is two requests: a token to revoke has to be made first.
func madeAndRevoked(c *caller) func() error {
	ask := url.Values{"grant_type": {"client_credentials"}, "scope": {"jobs"}, "resource": {c.issuer}}.Encode()
	return func() error {
		answer, err := c.post("/token", jobID+":"+secret, ask)
		if err != nil {
			return err
		}
		made, err := text(answer, "access_token")
		if err == nil {
			_, err = c.post("/revoke", jobID+":"+secret, "token="+url.QueryEscape(made))
		}
		return err
	}
}

func codeFlow(c *caller) func() error {
	return func() error {
		code, err := c.authorize()
		if err != nil {
			return err
		}
		return c.redeem(code, nil)
	}
}

// authorize asks for a code that needs nobody's answer.
func (c *caller) authorize() (issued, error) {
	verifier := newVerifier()
	if c.cookies == "" {
		c.cookies = c.cookieHeader()
	}
	answer, err := c.lean.ask(http.MethodGet, c.base()+c.authorizePath(challenge(verifier), ""), c.cookies, nil)
	if err != nil {
		return issued{}, err
	}
	code := codeIn(answer.location)
	if code == "" {
		return issued{}, fmt.Errorf("bench: no code came back: %s %s", answer.location, answer.body)
	}
	return issued{code, verifier}, nil
}

// cookieHeader is what the browser would send.
func (c *caller) cookieHeader() string {
	at, err := url.Parse(c.issuer + "/authorize")
	if err != nil {
		return ""
	}
	var pairs []string
	for _, cookie := range c.http.Jar.Cookies(at) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return "Cookie: " + strings.Join(pairs, "; ") + "\r\n"
}
