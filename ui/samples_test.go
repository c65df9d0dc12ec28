package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// sample is a page with a name of its own, for tests and for looking at.
type sample struct {
	name string
	page core.Page
}

func samplePage(name string, change ...func(*core.Page)) core.Page {
	p := core.Page{
		Name:    name,
		Base:    "/t/acme",
		Form:    core.Form{Action: "/t/acme/interaction/" + name, Hidden: map[string]string{"csrf": "tok-123", "step": "4"}},
		App:     &core.AppView{Name: "Fieldnotes", Lane: core.LaneCIMD, Host: "fieldnotes.example", RedirectHost: "app.fieldnotes.example", Policy: "https://fieldnotes.example/privacy", Terms: "https://fieldnotes.example/terms"},
		Account: &core.AccountView{Name: "Mara Lindqvist", Email: "mara@example.com"},
		Brand:   core.Brand{Help: "https://help.example", Privacy: "https://example.com/privacy"},
		Links: map[string]string{
			"signup": "/t/acme/signup", "signin": "/t/acme/signin", "reset": "/t/acme/reset", "switch": "/t/acme/switch", "again": "/t/acme/again",
			"restart": "/t/acme/restart", "app": "https://app.fieldnotes.example/cb?error=x", "another": "/t/acme/another", "locale": "?ui_locales=", "approval": "/t/acme/approval", "device": "/t/acme/device",
		},
		Args: map[string]any{"email": "mara@example.com", "duration": 10 * time.Minute, "n": 12},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func withProblems(ps ...core.Problem) func(*core.Page) {
	return func(p *core.Page) { p.Problems = ps }
}

func consent(c core.ConsentView) func(*core.Page) {
	return func(p *core.Page) { c.Digest = "digest-1"; p.Consent = &c }
}

func unverifiedApp(p *core.Page) {
	p.App = &core.AppView{Name: "Sketchbook CLI", Lane: core.LaneDCR, RedirectHost: "127.0.0.1:8123"}
}

func scopeViews() []core.ScopeView {
	return []core.ScopeView{
		{Name: "openid"}, {Name: "profile"}, {Name: "email"},
		{Name: "projects:read", Text: map[string]string{"": "Read the projects you can open", "de": "Die Projekte lesen, die Sie öffnen können"}},
		{Name: "notes:add", New: true}, {Name: "offline_access"},
	}
}

// steppedUp holds what is new and what is not, one scope with another in it.
func steppedUp() []core.ScopeView {
	admin := core.ScopeView{Name: "projects:admin", New: true, Text: map[string]string{"": "Create and delete projects", "de": "Projekte anlegen und löschen"}}
	admin.Includes = []core.ScopeView{{Name: "projects:share", Text: map[string]string{"": "Share projects", "de": "Projekte teilen"}}, {Name: "projects:tag"}}
	return append(scopeViews(), admin)
}

func newResourceViews() []core.ResourceView {
	return append(resourceViews(), core.ResourceView{URI: "https://billing.harbour.example/mcp", Name: "Billing", New: true}, core.ResourceView{URI: "https://archive.harbour.example"})
}

func resourceViews() []core.ResourceView {
	return []core.ResourceView{{URI: "https://api.harbour.example/v1", Name: "Project library"}}
}

// samples is every page in the states that matter.
func samples() []sample {
	accounts := func(p *core.Page) {
		p.Accounts = []core.AccountView{{Key: "1", Name: "Mara Lindqvist", Email: "mara@example.com"}, {Key: "2", Email: "m.lindqvist@harbour.example"}, {Key: "3", Name: "Studio bookings", Email: "studio@example.com", SignedOut: true}}
	}
	ways := func(p *core.Page) {
		p.Links["passkey"] = "/t/acme/passkey"
		p.Ways = []core.Way{{Method: "passkey", Label: "way.passkey"}, {Method: "company", Label: "way.company"}, {Method: "google", Label: "Google", URL: "/t/acme/up/google"}, {Method: "upstream:github", Label: "GitHub"}}
	}
	all := []sample{
		{"signin", samplePage(core.PageSignIn)},
		{"signin-plain", samplePage(core.PageSignIn, func(p *core.Page) { p.App, p.Account, p.Links = nil, nil, nil })},
		{"signin-ways", samplePage(core.PageSignIn, ways)},
		{"signin-error", samplePage(core.PageSignIn, withProblems(core.Problem{Field: "identifier", ID: "email_format"}), func(p *core.Page) { p.Values = map[string]string{"identifier": "mara@"} })},
		{"password", samplePage(core.PagePassword)},
		{"password-error", samplePage(core.PagePassword, withProblems(core.Problem{Field: "password", ID: "password_wrong"}))},
		{"password-many", samplePage(core.PagePassword, withProblems(core.Problem{ID: "many_tries", Args: map[string]any{"duration": 30 * time.Second}}))},
		{"signup", samplePage(core.PageSignUp, func(p *core.Page) { p.Account = nil })},
		{"signup-errors", samplePage(core.PageSignUp, withProblems(core.Problem{Field: "name", ID: "name_empty"}, core.Problem{Field: "password", ID: "password_short", Args: map[string]any{"n": 12}}), func(p *core.Page) { p.Values = map[string]string{"email": "mara@example.com"} })},
		{"code", samplePage(core.PageCode)},
		{"code-again", samplePage(core.PageCode, func(p *core.Page) { p.Notices = []core.Notice{{Kind: "ok", ID: "code_again"}} })},
		{"code-error", samplePage(core.PageCode, withProblems(core.Problem{Field: "code", ID: "code_wrong", Args: map[string]any{"n": 1}}))},
		{"reset", samplePage(core.PageReset)},
		{"reset_sent", samplePage(core.PageResetSent)},
		{"new_password", samplePage(core.PageNewPassword)},
		{"new_password-change", samplePage(core.PageNewPassword, func(p *core.Page) { p.Args["ask_current"] = true })},
		{"accounts", samplePage(core.PageAccounts, accounts)},
		{"consent", samplePage(core.PageConsent, consent(core.ConsentView{Scopes: scopeViews(), Resources: resourceViews(), Offline: true}))},
		{"consent-seeded", samplePage(core.PageConsent, consent(core.ConsentView{Scopes: scopeViews()[:3]}), func(p *core.Page) {
			p.App = &core.AppView{Name: "Quickstart", Lane: core.LaneSeeded, RedirectHost: "localhost:9000"}
		})},
		{"consent-unverified", samplePage(core.PageConsent, unverifiedApp, consent(core.ConsentView{Scopes: scopeViews(), Resources: resourceViews(), Unverified: true}))},
		{"consent-unverified-error", samplePage(core.PageConsent, unverifiedApp, withProblems(core.Problem{Field: "mine", ID: "tick_own_app"}), consent(core.ConsentView{Scopes: scopeViews()[:1], Unverified: true}))},
		{"consent-long", samplePage(core.PageConsent, longApp, consent(core.ConsentView{Scopes: manyScopes(), Resources: resourceViews()}))},
		{"approval", samplePage(core.PageApproval)},
		{"approval-unverified", samplePage(core.PageApproval, unverifiedApp)},
		{"approval-asked", samplePage(core.PageApproval, unverifiedApp, func(p *core.Page) { p.Args["asked"] = true })},
		{"consent-more", samplePage(core.PageConsent, consent(core.ConsentView{Scopes: steppedUp(), Resources: resourceViews(), StepUp: true}))},
		{"consent-native", samplePage(core.PageConsent, consent(core.ConsentView{Scopes: scopeViews(), Resources: newResourceViews(), EveryTime: true}), func(p *core.Page) {
			p.App = &core.AppView{Name: "Quickstart", Lane: core.LaneSeeded, RedirectHost: "127.0.0.1:49152"}
		})},
		{"consent-alike", samplePage(core.PageConsent, unverifiedApp, func(p *core.Page) { p.App.Name = "Keywright Support" }, consent(core.ConsentView{Scopes: steppedUp(), Resources: resourceViews(), Unverified: true, EveryTime: true}))},
		{"signout", samplePage(core.PageSignOut)},
		{"signedout", samplePage(core.PageSignedOut)},
		{"finished", samplePage(core.PageFinished)},
		{"leave", samplePage(core.PageLeave)},
		{"leave-local", samplePage(core.PageLeave, unverifiedApp)},
		{"autopost", samplePage(core.PageAutoPost, func(p *core.Page) {
			p.Post = &core.AutoPost{URL: "https://app.fieldnotes.example/cb", Fields: [][2]string{{"code", "abc"}, {"state", `"><script>`}}}
		})},
	}
	all = slices.Concat(all, accountSamples(), secondSamples(), connectionSamples(), passkeySamples(), upstreamSamples())
	for _, id := range errorNames() {
		all = append(all, sample{"error-" + id, samplePage(core.PageFault, func(p *core.Page) { p.Error, p.RequestID = id, "req-7f3c-91ae-20d4" })})
	}
	return slices.Concat(all, codeSamples(), samlSamples(), deviceSamples())
}

func passkeySamples() []sample {
	return []sample{
		{"signup-passkey", samplePage(core.PageSignUp, passkeyOptions, func(p *core.Page) { p.Account = nil })},
		{"password-passkey", samplePage(core.PagePassword, passkeyOptions)},
		{"passkey", samplePage("passkey", passkeyOptions)},
		{"passkey-second", samplePage("passkey", passkeyOptions, func(p *core.Page) { p.Args["second"] = true })},
		{"passkey-unknown", samplePage("passkey", passkeyOptions, withProblems(core.Problem{ID: "passkey_unknown"}), func(p *core.Page) { p.Account = nil })},
		{"passkey_new", samplePage("passkey_new", passkeyOptions)},
		{"passkey_new-signup", samplePage("passkey_new", passkeyOptions, func(p *core.Page) { p.Args["signup"] = true })},
		{"passkey_new-known", samplePage("passkey_new", passkeyOptions, withProblems(core.Problem{ID: "passkey_known"}))},
		{"passkey_signup", samplePage("passkey_signup", func(p *core.Page) { p.Account = nil })},
	}
}

// passkeyOptions are of the form, not of the length, of real ones.
func passkeyOptions(p *core.Page) {
	p.Challenge = []byte(`{"challenge":"c2FtcGxl","rpId":"id.example","userVerification":"required"}`)
	p.Args["signal"] = []map[string]any{{"method": "signalUnknownCredential", "options": map[string]any{"rpId": "id.example", "credentialId": "AQ"}}}
	p.Links["passkey"], p.Links["passkey_signup"] = "/t/acme/passkey", "/t/acme/passkey-signup"
}

func errorNames() []string {
	return []string{"link_used", "page_old", "device_over", "no_cookie", "other_browser", "app_unknown", "app_off", "app_not_approved", "app_identity",
		"app_address", "app_request", "foreign", "not_allowed", "signup_closed", "identity_refused", "identity_taken", "not_found", "busy", "away", "ours"}
}

func upstreamSamples() []sample {
	return []sample{
		{"upstream", samplePage("upstream", upstreamProblem("upstream_away", "Google"))},
		{"upstream-denied", samplePage("upstream", upstreamProblem("upstream_denied", "Example Corp"))},
		{"upstream-gone", samplePage("upstream", upstreamProblem("upstream_gone", ""), func(p *core.Page) { delete(p.Links, "again") })},
	}
}

func upstreamProblem(id, provider string) func(*core.Page) {
	return func(p *core.Page) {
		p.Args["provider"] = provider
		p.Problems = []core.Problem{{ID: id, Args: map[string]any{"provider": provider}}}
	}
}

func longApp(p *core.Page) {
	host := strings.Repeat("a-long-label.", 7) + "example.co.uk"
	p.App = &core.AppView{Name: "\u202e" + strings.Repeat("Long name ", 20), Lane: core.LaneCIMD, Host: host, RedirectHost: "xn--pypal-4ve.example"}
	p.Account = &core.AccountView{Email: strings.Repeat("very.long.", 9) + "mara@example.com"}
}

func manyScopes() []core.ScopeView {
	var s []core.ScopeView
	for i := range 40 {
		s = append(s, core.ScopeView{Name: "harbour:resource-" + strings.Repeat("x", i) + ":write", New: i%9 == 0})
	}
	return s
}

func letters() []core.Letter {
	base := core.Letter{To: "mara@example.com", Code: "482913", Link: "https://id.example/reset/kw_l_abc", Lifetime: 10 * time.Minute, Thing: "password"}
	var all []core.Letter
	for _, name := range []string{"code", "reset", "have_account", "reset_none", "changed", "email_changed", "deleted", "invitation", "signin", "signin_none", "recovery_used", "recovery_few", "passkey_new", "passkey_clone"} {
		l := base
		l.Name, l.Count = name, 2
		all = append(all, l)
	}
	return all
}
