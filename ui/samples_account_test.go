package ui

import (
	"time"

	"github.com/keywright/keywright/core"
)

// accountSamples are the pages of a person's own account, and of making one.
func accountSamples() []sample {
	return []sample{
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
		{"apps", samplePage(core.PageApps, ownApps)},
		{"apps-none", samplePage(core.PageApps, ownApps, func(p *core.Page) { p.Apps, p.Links["older"] = nil, "" })},
		{"apps-done", samplePage(core.PageApps, ownApps, func(p *core.Page) {
			p.Notices, p.Args["cut"] = []core.Notice{{Kind: "ok", ID: "app_disconnect"}}, true
		})},
		{"account_act-disconnect", samplePage(core.PageAct, ownApp("disconnect", time.Hour))},
		{"account_act-end_grant", samplePage(core.PageAct, ownApp("end_grant", 0))},
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
	}
}

func ownLinks(p *core.Page) { p.Links = map[string]string{"account": "/t/acme/account"} }

// ownAccount is a person's own page with everything that can be on it.
func ownAccount(p *core.Page) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	p.App, p.Links = nil, map[string]string{"signout": "/t/acme/end-session", "apps": "/t/acme/account/apps"}
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
