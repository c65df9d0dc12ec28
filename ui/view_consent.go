package ui

import (
	"html/template"

	"github.com/keywright/keywright/core"
)

// Lane is the badge that says how far to believe an app: Kind is "org", "site"
// or "local".
func (v *view) Lane() lane {
	switch a := v.Page.App; {
	case a == nil:
		return lane{}
	case a.Lane == core.LaneSeeded:
		return lane{"org", v.H("lane.organisation")}
	case a.Lane == core.LaneCIMD:
		return lane{"site", v.html("lane.site", v.at(a.Host))}
	case loopback(a.RedirectHost):
		return lane{"local", v.H("lane.local")}
	default:
		return lane{"local", v.H("lane.self")}
	}
}

// at makes host the argument {host}, whatever the page says elsewhere.
func (v *view) at(host string) values {
	return func(name string) any {
		if name == "host" {
			return host
		}
		return v.value(name)
	}
}

type lane struct {
	Kind string
	Text template.HTML
}

// LookAlike says that an app which registered itself has a name like the
// product's own.
func (v *view) LookAlike() bool {
	a := v.Page.App
	return a != nil && a.Lane.SelfRegistered() && lookAlike(a.Name, v.Product)
}

// Who is the first stop of the route: who asks.
func (v *view) Who() template.HTML {
	switch a := v.Page.App; {
	case a == nil:
		return v.H("word.app")
	case a.Lane == core.LaneDCR && loopback(a.RedirectHost):
		return v.H("consent.from_local")
	case a.Lane == core.LaneDCR:
		return v.H("consent.from_unknown")
	case a.Host != "":
		return v.html("consent.from", v.at(a.Host))
	}
	return template.HTML("<bdi>" + template.HTMLEscapeString(v.App()) + "</bdi>") // #nosec G203 -- escaped
}

// Uses is the second stop: what the app wants to use.
func (v *view) Uses() []template.HTML {
	c := v.Page.Consent
	if c == nil || len(c.Resources) == 0 {
		return []template.HTML{v.H("consent.account")}
	}
	uses := make([]template.HTML, 0, len(c.Resources))
	for _, r := range c.Resources {
		host := hostOf(r.URI)
		if CleanName(r.Name) == "" {
			uses = append(uses, hostHTML(host))
			continue
		}
		uses = append(uses, v.html("consent.use_named", func(arg string) any {
			if arg == "resource" {
				return r.Name
			}
			return v.at(host)(arg)
		}))
	}
	return uses
}

// Next is the last stop: where the browser goes then. On the page about leaving
// it is what that page is about.
func (v *view) Next() template.HTML {
	a := v.Page.App
	if a == nil || a.RedirectHost == "" {
		return v.H("consent.next_app")
	}
	if loopback(a.RedirectHost) {
		return v.html("consent.next_local", v.at(a.RedirectHost))
	}
	return hostHTML(a.RedirectHost)
}

// Local says that the app runs on this computer, as far as its address tells.
func (v *view) Local() bool {
	if v.Page.App != nil && v.Page.App.RedirectHost != "" {
		return loopback(v.Page.App.RedirectHost)
	}
	host, _ := v.Page.Args["host"].(string)
	return loopback(host)
}

// scope is one line of the list.
type scope struct {
	Kind string // picks the icon: "person", "clock", "list"
	Text template.HTML
	Hint string
	New  string
}

// ours are scopes that the pages describe themselves; the order is that of the
// lines.
var ours = []string{"profile", "email", "address", "phone"}

// Scopes are the lines of the consent page. Nothing asked for is left out
// (CN-06), except openid where another line says as much.
func (v *view) Scopes() []scope {
	c := v.Page.Consent
	if c == nil {
		return nil
	}
	by := map[string]core.ScopeView{}
	for _, s := range c.Scopes {
		by[s.Name] = s
	}
	lines := v.personScopes(by)
	for _, s := range c.Scopes {
		if _, own := by[s.Name]; !own || s.Name == "offline_access" && len(s.Text) == 0 {
			continue
		}
		lines = append(lines, v.otherScope(s))
		delete(by, s.Name)
	}
	if s, asked := by["offline_access"]; asked || c.Offline {
		lines = append(lines, scope{"clock", v.H("scope.offline_access"), v.T("scope.offline_access.hint"), v.newBadge(s.New)})
	}
	return lines
}

// personScopes takes the scopes about the person out of by.
func (v *view) personScopes(by map[string]core.ScopeView) []scope {
	var lines []scope
	take := func(id string, names ...string) {
		isNew := false
		for _, name := range names {
			isNew = isNew || by[name].New
			delete(by, name)
		}
		lines = append(lines, scope{"person", v.H("scope." + id), "", v.newBadge(isNew)})
	}
	own := func(name string) bool { s, ok := by[name]; return ok && len(s.Text) == 0 }
	if own("profile") && own("email") {
		take("openid_profile_email", "profile", "email")
	}
	for _, name := range ours {
		if own(name) {
			take(name, name)
		}
	}
	if own("openid") && len(lines) == 0 {
		take("openid", "openid")
	} else if own("openid") {
		delete(by, "openid")
	}
	return lines
}

func (v *view) otherScope(s core.ScopeView) scope {
	line := scope{Kind: "list", New: v.newBadge(s.New)}
	text, ok := brandText(s.Text, v.locale)
	if !ok {
		text = s.Text["en"]
	}
	if text = cut(stripHidden(text), 200); text != "" {
		line.Text = template.HTML(template.HTMLEscapeString(text)) // #nosec G203 -- escaped
		return line
	}
	line.Text = v.html("scope.unknown", func(string) any { return s.Name })
	return line
}

func (v *view) newBadge(on bool) string {
	if !on {
		return ""
	}
	return v.T("scope.new")
}

// HiddenFields are the fields that every form sends back; on the consent page
// the digest is written beside them.
func (v *view) HiddenFields() map[string]string {
	hidden := v.Page.Form.Hidden
	if _, twice := hidden["digest"]; !twice || v.Page.Consent == nil {
		return hidden
	}
	without := make(map[string]string, len(hidden))
	for name, value := range hidden {
		if name != "digest" {
			without[name] = value
		}
	}
	return without
}
