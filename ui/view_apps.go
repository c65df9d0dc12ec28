package ui

import (
	"html/template"
	"time"

	"github.com/keywright/keywright/core"
)

// connectedApp is what the page of connected apps draws of one: it speaks as a page
// about that app alone does.
type connectedApp struct {
	*view
	Key         string
	Off, Own    bool
	Since, Used string
	Away        bool
	Blocks      []appBlock
	Count       string
	More        string
	SignIns     []thing
}

// appBlock is what an app may do at one resource.
type appBlock struct {
	Title  template.HTML
	Scopes []scope
}

// Apps are the connected apps.
func (v *view) Apps() []connectedApp {
	all := make([]connectedApp, 0, len(v.Page.Apps))
	for i := range v.Page.Apps {
		all = append(all, v.connected(&v.Page.Apps[i]))
	}
	return all
}

func (v *view) connected(c *core.ConnectedApp) connectedApp {
	about := v.about(c, core.AppAccess{})
	a := connectedApp{
		view: about, Key: c.Key, Off: c.Off, Own: c.Own, Away: c.Away,
		Since: v.days("apps.since", c.Since), Used: v.days("apps.used", c.UsedAt),
	}
	for _, access := range c.Access {
		at := v.about(c, access)
		block := appBlock{Title: at.Uses()[0], Scopes: at.Scopes()}
		a.Blocks = append(a.Blocks, block)
	}
	a.Count = v.text("apps.sign_ins", func(string) any { return c.Count })
	for _, i := range c.SignIns {
		t := v.describe(i)
		if i.Kind == "grant" && i.Label == "" {
			t.Label = v.T("apps.somewhere")
			t.Name = t.Label
		}
		t.Since, t.Used = v.days("apps.began", i.Since), v.days("apps.used", i.UsedAt)
		a.SignIns = append(a.SignIns, t)
	}
	if more := c.Count - len(c.SignIns); more > 0 {
		a.More = v.text("apps.more", func(string) any { return more })
	}
	return a
}

// about is a view of the app with what it may do at one resource.
func (v *view) about(c *core.ConnectedApp, access core.AppAccess) *view {
	page := *v.Page
	page.App, page.Consent = &c.App, &core.ConsentView{}
	for _, s := range access.Scopes {
		if s.Name != "offline_access" || len(s.Text) > 0 { // told once, for the whole app
			page.Consent.Scopes = append(page.Consent.Scopes, s)
		}
	}
	if access.Resource != nil {
		page.Consent.Resources = []core.ResourceView{*access.Resource}
	}
	one := *v
	one.Page = &page
	return &one
}

// days says in whole days how long ago something was: what is known of an app's use
// is no more exact.
func (v *view) days(id string, at time.Time) string {
	now, ok := v.Page.Args["at"].(time.Time)
	if !ok || at.IsZero() {
		return ""
	}
	d := now.Sub(at).Truncate(24 * time.Hour)
	if d <= 0 {
		return v.T(id + "_today")
	}
	return v.text(id, func(string) any { return d })
}
