package ui

import (
	"time"

	"github.com/keywright/keywright/core"
)

// ownApps is a person's list of connected apps with everything that can be on it.
func ownApps(p *core.Page) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	p.App, p.Links = nil, map[string]string{"signout": "/t/acme/end-session", "account": "/t/acme/account", "older": "/t/acme/account/apps?page=1"}
	p.Args = map[string]any{"at": at, "cut": false}
	signIn := func(key, label string, days int) core.Item {
		return core.Item{Kind: "grant", Key: key, Label: label, Since: at.AddDate(0, 0, -40), UsedAt: at.AddDate(0, 0, -days), Acts: []string{"end-grant"}}
	}
	here := signIn("g1", "Firefox, Linux", 0)
	here.Current = true
	device := signIn("g3", "", 12)
	device.Kind = "device"
	project := &core.ResourceView{URI: "https://api.harbour.example/v1", Name: "Project library"}
	p.Apps = []core.ConnectedApp{
		{
			Key: "https://fieldnotes.example/client", App: core.AppView{Name: "Fieldnotes", Lane: core.LaneCIMD, Host: "fieldnotes.example"},
			Access: []core.AppAccess{{Scopes: scopeViews()[:3]}, {Resource: project, Scopes: []core.ScopeView{scopeViews()[3], {Name: "notes:add"}}}},
			Since:  at.AddDate(0, 0, -40), UsedAt: at.Add(-time.Hour), Away: true, Count: 14, SignIns: []core.Item{here, signIn("g2", "", 3), device},
		},
		{
			Key: "timesheets", App: core.AppView{Name: "Timesheets", Lane: core.LaneSeeded}, Own: true, Since: at.AddDate(-1, 0, 0), UsedAt: at.AddDate(0, 0, -1),
			Access: []core.AppAccess{{Scopes: scopeViews()[:3]}, {Resource: &core.ResourceView{URI: "https://times.example"}}}, Count: 1, SignIns: []core.Item{here},
		},
		{
			Key: "kw_cl_x", App: core.AppView{Name: "Sketchbook CLI", Lane: core.LaneDCR, RedirectHost: "127.0.0.1:8123"},
			Access: []core.AppAccess{{Scopes: scopeViews()[:4]}}, Since: at.Add(-time.Hour), UsedAt: at,
		},
		{Key: "gone", App: core.AppView{Lane: core.LaneSeeded}, Off: true, Since: at.AddDate(0, -3, 0), UsedAt: at.AddDate(0, -2, 0)},
	}
}

// ownApp asks once more before one is disconnected.
func ownApp(act string, late time.Duration) func(*core.Page) {
	return func(p *core.Page) {
		p.Args, p.Links = map[string]any{"act": act}, map[string]string{"account": "/t/acme/account/apps"}
		if late > 0 {
			p.Args["duration"] = late
		}
	}
}
