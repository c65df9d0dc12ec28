package cost

import (
	"net/url"
	"testing"
)

// grantRead brings a grant with all that it depends on.
const grantRead = "select grants accounts clients consents sessions"

// TestStatementsOfEachOperation counts what each operation reads and writes once
// clients are cached. More is a change of the design.
func TestStatementsOfEachOperation(t *testing.T) {
	r := newRig(t)
	ok(t, r.job.Token(r.clientCredentials("jobs", r.Issuer()))) // caches are full from here on
	r.get(t, "/jwks")
	var code func()
	var exchanged string
	for _, tt := range []struct {
		operation string
		run       func()
		says      string
	}{
		{"authorize, signed in and agreed", func() {
			asked := r.app.Authorize()
			landed := r.browser.Open(asked.URL)
			code = func() { r.app.Redeem(asked, landed) }
		}, "select sessions accounts; select clients consents; insert grants"},
		{"authorization_code", func() { code() }, grantRead + "; update grants"},
		{"refresh_token", func() { r.tokens = ok(t, r.app.Refresh(r.tokens.Refresh)).Tokens }, grantRead + "; update grants"},
		{"client_credentials, opaque", func() { ok(t, r.job.Token(r.clientCredentials("jobs", r.Issuer()))) }, ""},
		{"client_credentials, JWT", func() { ok(t, r.job.Token(r.clientCredentials("things", apiJWT))) }, ""},
		{"introspection", func() { ok(t, r.job.Post("/introspect", url.Values{"token": {r.tokens.Access}})) }, grantRead},
		{"userinfo", func() { ok(t, r.UserInfo(r.tokens.Access)) }, grantRead},
		{"token exchange", func() { exchanged = ok(t, r.job.Token(r.tokenExchange(r.tokens.Access))).Tokens.Access }, grantRead + "; select clients"},
		{"introspection of what was exchanged", func() { ok(t, r.job.Post("/introspect", url.Values{"token": {exchanged}})) },
			grantRead + "; select clients replays"},
		{"discovery", func() { r.get(t, "/.well-known/openid-configuration") }, ""},
		{"JWKS", func() { r.get(t, "/jwks") }, ""},
	} {
		r.heard.take()
		tt.run()
		if said := r.heard.take(); said != tt.says {
			t.Errorf("%s said %q, the budget is %q", tt.operation, said, tt.says)
		}
	}
}
