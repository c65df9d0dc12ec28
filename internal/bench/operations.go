package bench

import (
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
			return func() error { return c.get("/userinfo", c.tokens.Access, nil) }
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
		return func() error { return c.get(path, "", nil) }
	}
}

// jobToken asks for a token for a resource; empty is the provider itself.
func jobToken(scope, resource string) func(c *caller) func() error {
	return func(c *caller) func() error {
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "resource": {cmp.Or(resource, c.issuer)}}
		return func() error { return c.post("/token", jobID+":"+secret, form, nil) }
	}
}

func introspection(c *caller) func() error {
	form := url.Values{"token": {c.tokens.Access}}
	return func() error {
		var answer struct {
			Active bool `json:"active"`
		}
		if err := c.post("/introspect", serverID+":"+secret+"2", form, &answer); err != nil {
			return err
		}
		if !answer.Active {
			return errors.New("bench: the token is not active")
		}
		return nil
	}
}

// madeAndRevoked is two requests: a token to revoke has to be made first.
func madeAndRevoked(c *caller) func() error {
	ask := url.Values{"grant_type": {"client_credentials"}, "scope": {"jobs"}, "resource": {c.issuer}}
	return func() error {
		var made tokens
		if err := c.post("/token", jobID+":"+secret, ask, &made); err != nil {
			return err
		}
		return c.post("/revoke", jobID+":"+secret, url.Values{"token": {made.Access}}, nil)
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

// errSpent ends a caller's repeats: its stock is used up.
var errSpent = errors.New("bench: spent")

// redeemStock redeems the codes that stock made, one at a time.
func redeemStock(c *caller) func() error {
	return func() error {
		if len(c.codes) == 0 {
			return errSpent
		}
		code := c.codes[0]
		c.codes = c.codes[1:]
		return c.redeem(code, nil)
	}
}

func (c *caller) stock(n int) error {
	for range n {
		code, err := c.authorize()
		if err != nil {
			return err
		}
		c.codes = append(c.codes, code)
	}
	return nil
}

// authorize asks for a code that needs nobody's answer.
func (c *caller) authorize() (issued, error) {
	verifier := newVerifier()
	if c.cookies == "" {
		c.cookies = c.cookieHeader()
	}
	_, header, page, err := c.lean.ask(http.MethodGet, c.base()+c.authorizePath(challenge(verifier), ""), c.cookies, nil)
	if err != nil {
		return issued{}, err
	}
	location := header.Get("Location")
	code := codeIn(location)
	if code == "" {
		return issued{}, fmt.Errorf("bench: no code came back: %s %s", location, page)
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
