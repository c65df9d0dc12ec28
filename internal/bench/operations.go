package bench

import (
	"errors"
	"net/http"
	"net/url"
)

// operation is one thing that is measured: prepare makes what one caller
// repeats.
type operation struct {
	name string
	// budget in multiples of the bare handler's CPU time, for memory and SQLite;
	// 0 is none.
	memory, sqlite float64
	prepare        func(c *caller) func() error
}

// operations in the order of the report. The first is the bare handler that all
// others are compared with.
func operations() []operation {
	return []operation{
		{"bare handler", 0, 0, func(c *caller) func() error {
			return func() error { return c.get("/bare", "", nil) }
		}},
		{"bare handler, 2 kB", 0, 0, func(c *caller) func() error {
			return func() error { return c.get("/bare-2kB", "", nil) } // what the size of a document costs by itself
		}},
		{"discovery", 1.2, 1.2, func(c *caller) func() error {
			return func() error { return c.get("/.well-known/openid-configuration", "", nil) }
		}},
		{"JWKS", 1.2, 1.2, func(c *caller) func() error {
			return func() error { return c.get("/jwks", "", nil) }
		}},
		{"client_credentials, opaque", 2.6, 2.6, func(c *caller) func() error {
			form := url.Values{"grant_type": {"client_credentials"}, "scope": {"jobs"}, "resource": {c.issuer}}
			return func() error { return c.post("/token", jobID+":"+secret, form, nil) }
		}},
		{"client_credentials, ES256", 4.7, 4.7, func(c *caller) func() error {
			form := url.Values{"grant_type": {"client_credentials"}, "scope": {"things"}, "resource": {apiJWT}}
			return func() error { return c.post("/token", jobID+":"+secret, form, nil) }
		}},
		{"introspection", 2.6, 4.4, introspection},
		{"userinfo", 2.4, 4.4, func(c *caller) func() error {
			return func() error { return c.get("/userinfo", c.tokens.Access, nil) }
		}},
		{"refresh, one ES256 signature", 5.9, 10.6, func(c *caller) func() error {
			return func() error {
				return c.post("/token", "", url.Values{
					"grant_type": {"refresh_token"}, "client_id": {appID}, "refresh_token": {c.tokens.Refresh},
				}, &c.tokens)
			}
		}},
		{"a job's token, made and revoked", 0, 0, madeAndRevoked},
		{"authorize, signed in and agreed", 0, 0, func(c *caller) func() error {
			return func() error { _, err := c.authorize(newVerifier()); return err }
		}},
		{"code flow, signed in and agreed", 10, 22, codeFlow},
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
		verifier := newVerifier()
		code, err := c.authorize(verifier)
		if err != nil {
			return err
		}
		return c.redeem(code, verifier)
	}
}

// authorize asks for a code that needs nobody's answer.
func (c *caller) authorize(verifier string) (code string, err error) {
	_, location, page, err := c.browse(http.MethodGet, c.authorizeURL(challenge(verifier)), nil)
	if err != nil {
		return "", err
	}
	if code = codeIn(location); code == "" {
		return "", errors.New("bench: no code came back: " + location + page)
	}
	return code, nil
}
