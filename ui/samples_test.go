package ui

import (
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
			"restart": "/t/acme/restart", "app": "https://app.fieldnotes.example/cb?error=x", "another": "/t/acme/another", "locale": "?ui_locales=", "approval": "/t/acme/approval",
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

func resourceViews() []core.ResourceView {
	return []core.ResourceView{{URI: "https://api.harbour.example/v1", Name: "Project library"}}
}

// samples is every page in the states that matter.
func samples() []sample {
	accounts := func(p *core.Page) {
		p.Accounts = []core.AccountView{{Key: "1", Name: "Mara Lindqvist", Email: "mara@example.com"}, {Key: "2", Email: "m.lindqvist@harbour.example"}, {Key: "3", Name: "Studio bookings", Email: "studio@example.com", SignedOut: true}}
	}
	ways := func(p *core.Page) {
		p.Ways = []core.Way{{Method: "passkey", Label: "way.passkey"}, {Method: "company", Label: "way.company"}, {Method: "google", Label: "Google", URL: "/t/acme/up/google"}}
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
		{"account", samplePage(core.PageAccount, ownAccount)},
		{"account-done", samplePage(core.PageAccount, ownAccount, func(p *core.Page) {
			p.Notices = []core.Notice{{Kind: "ok", ID: "saved", Args: map[string]any{"thing": "email"}}}
			p.Items, p.Ways, p.Args["email_verified"] = p.Items[:1], nil, false
			p.Items[0].Last, p.Items[0].Acts = true, []string{"change"}
		})},
		{"account_act-remove", samplePage(core.PageAct, ownAct("remove", 1))},
		{"account_act-last", samplePage(core.PageAct, ownAct("remove", 1), withProblems(core.Problem{ID: "last_way"}), func(p *core.Page) { p.Items[0].Last = true })},
		{"account_act-rename", samplePage(core.PageAct, ownAct("rename", 1), withProblems(core.Problem{Field: "label", ID: "label"}))},
		{"account_act-end", samplePage(core.PageAct, ownAct("end", 5))},
		{"account_act-end_others", samplePage(core.PageAct, ownAct("end_others", 0), func(p *core.Page) { p.Items = nil })},
		{"email_change", samplePage(core.PageEmailChange, ownLinks)},
		{"email_change-sent", samplePage(core.PageEmailChange, ownLinks, func(p *core.Page) { p.Args["sent"], p.Args["both"] = true, true })},
		{"email_undo", samplePage(core.PageEmailUndo)},
		{"email_undo-done", samplePage(core.PageEmailUndo, func(p *core.Page) { p.Args["done"] = true })},
		{"delete", samplePage(core.PageDelete, ownLinks, func(p *core.Page) { p.Args["confirm"] = "mara@example.com" }, withProblems(core.Problem{Field: "confirm", ID: "confirm_wrong"}))},
		{"deleted", samplePage(core.PageDeleted)},
		{"profile", samplePage(core.PageProfile, moreFields)},
		{"profile-errors", samplePage(core.PageProfile, moreFields, withProblems(core.Problem{Field: "team", ID: "field_empty"}, core.Problem{Field: "site", ID: "field_choose"}, core.Problem{Field: "terms", ID: "terms_tick"}))},
		{"terms", samplePage(core.PageTerms, func(p *core.Page) {
			p.Args["terms"], p.Args["again"], p.Links["signout"] = "https://example.com/terms", true, "/end-session"
		})},
		{"invitation", samplePage(core.PageInvitation, func(p *core.Page) { p.Args["organization"] = "Harbour Works" })},
		{"invitation-there", samplePage(core.PageInvitation, func(p *core.Page) { p.Args["there"] = true })},
		{"finished-account", samplePage(core.PageFinished, func(p *core.Page) {
			p.Links = map[string]string{"account": "/t/acme/account"}
			p.Notices = []core.Notice{{Kind: "ok", ID: "saved", Args: map[string]any{"thing": "password"}}}
		})},
		{"signout", samplePage(core.PageSignOut)},
		{"signedout", samplePage(core.PageSignedOut)},
		{"finished", samplePage(core.PageFinished)},
		{"leave", samplePage(core.PageLeave)},
		{"leave-local", samplePage(core.PageLeave, unverifiedApp)},
		{"autopost", samplePage(core.PageAutoPost, func(p *core.Page) {
			p.Post = &core.AutoPost{URL: "https://app.fieldnotes.example/cb", Fields: [][2]string{{"code", "abc"}, {"state", `"><script>`}}}
		})},
	}
	for _, id := range errorNames() {
		all = append(all, sample{"error-" + id, samplePage(core.PageFault, func(p *core.Page) { p.Error, p.RequestID = id, "req-7f3c-91ae-20d4" })})
	}
	return all
}

func errorNames() []string {
	return []string{"link_used", "page_old", "finished", "no_cookie", "other_browser", "app_unknown", "app_off", "app_not_approved", "app_identity",
		"app_address", "app_request", "foreign", "not_allowed", "signup_closed", "not_found", "busy", "away", "ours"}
}

func ownLinks(p *core.Page) { p.Links = map[string]string{"account": "/t/acme/account"} }

// ownAccount is a person's own page with everything that can be on it.
func ownAccount(p *core.Page) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	p.App, p.Links = nil, map[string]string{"signout": "/t/acme/end-session"}
	p.Args = map[string]any{"email_verified": true, "at": at}
	p.Ways = []core.Way{{Method: "passkey", Label: "add.passkey"}, {Method: "totp", Label: "add.totp"}, {Method: "upstream:google", Label: "add.upstream:google"}}
	p.Items = []core.Item{
		{Kind: "password", Key: "k1", Since: at.AddDate(-1, 0, 0), Acts: []string{"change", "remove"}},
		{Kind: "passkey", Key: "k2", Label: "Mara’s phone", Since: at.AddDate(0, 0, -58), UsedAt: at.Add(-3 * time.Hour), Acts: []string{"rename", "remove"}},
		{Kind: "totp", Key: "k3", Since: at.Add(-30 * time.Minute), Acts: []string{"rename", "remove"}},
		{Kind: "recoverycode", Key: "k4", Count: 2, Since: at.AddDate(0, -2, 0), Acts: []string{"remove"}},
		{Kind: "upstream:google", Key: "k5", Label: "mara.lindqvist@gmail.example", UsedAt: at.Add(-50 * time.Hour), Acts: []string{"rename", "remove"}},
		{Kind: "session", Key: "s1", Label: "Firefox, Linux", Detail: "192.0.2.7", UsedAt: at, Current: true},
		{Kind: "session", Key: "s2", Label: "Safari, iPhone", Detail: "2001:db8:1:2::/64", UsedAt: at.Add(-26 * time.Hour), Acts: []string{"end"}},
		{Kind: "session", Key: "s3", UsedAt: at.AddDate(0, 0, -9), Acts: []string{"end"}},
	}
}

// ownAct is one change of one of those.
func ownAct(act string, item int) func(*core.Page) {
	return func(p *core.Page) {
		ownAccount(p)
		p.Items = p.Items[item : item+1]
		p.Args = map[string]any{"act": act}
		ownLinks(p)
	}
}

// moreFields is what an operator may ask for.
func moreFields(p *core.Page) {
	p.Args["terms"] = "https://example.com/terms"
	p.Values = map[string]string{"news": ""}
	p.Fields = []core.Field{
		{Name: "team", Label: map[string]string{"": "Team", "de": "Abteilung"}, Hint: map[string]string{"": "As it stands on your badge."}, Required: true},
		{Name: "boss", Kind: core.FieldEmail, Label: map[string]string{"": "Email address of your manager"}},
		{Name: "site", Kind: core.FieldSelect, Label: map[string]string{"": "Site"}, Required: true, Options: []core.FieldOption{{Value: "lis", Label: map[string]string{"": "Lisbon"}}, {Value: "osl"}}},
		{Name: "news", Kind: core.FieldCheckbox, Label: map[string]string{"": "Send me the newsletter"}},
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
	for _, name := range []string{"code", "reset", "have_account", "reset_none", "changed", "email_changed", "deleted", "invitation"} {
		l := base
		l.Name = name
		all = append(all, l)
	}
	return all
}
