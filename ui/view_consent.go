package ui

import (
	"html/template"
	"slices"
	"strings"

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
		badge := template.HTML("")
		if text := v.newBadge(r.New); text != "" {
			badge = template.HTML(` <span class="badge on tight">` + template.HTMLEscapeString(text) + "</span>") // #nosec G203 -- escaped
		}
		if CleanName(r.Name) == "" {
			uses = append(uses, hostHTML(host)+badge)
			continue
		}
		uses = append(uses, v.html("consent.use_named", func(arg string) any {
			if arg == "resource" {
				return r.Name
			}
			return v.at(host)(arg)
		})+badge)
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
func (v *view) Scopes() []scope { return v.lines(func(core.ScopeView) bool { return true }, true) }

// Added are the lines about what is new, and Held about what the app has, on the
// page where it asks for more (CN-08). The headings say which is which.
func (v *view) Added() []scope { return v.lines(func(s core.ScopeView) bool { return s.New }, false) }

// Held is the other half of Added.
func (v *view) Held() []scope { return v.lines(func(s core.ScopeView) bool { return !s.New }, false) }

// lines describes those of the scopes that are wanted.
func (v *view) lines(wanted func(core.ScopeView) bool, badges bool) []scope {
	c := v.Page.Consent
	if c == nil {
		return nil
	}
	by := map[string]core.ScopeView{}
	scopes := make([]core.ScopeView, 0, len(c.Scopes))
	for _, s := range c.Scopes {
		if wanted(s) {
			s.New = s.New && badges
			by[s.Name], scopes = s, append(scopes, s)
		}
	}
	lines := v.personScopes(by)
	for _, s := range scopes {
		if _, own := by[s.Name]; !own || s.Name == "offline_access" && len(s.Text) == 0 {
			continue
		}
		lines = append(lines, v.otherScope(s))
		delete(by, s.Name)
	}
	if s, asked := by["offline_access"]; asked || c.Offline && !askedFor(c, "offline_access") && wanted(core.ScopeView{}) {
		lines = append(lines, scope{"clock", v.H("scope.offline_access"), v.T("scope.offline_access.hint"), v.newBadge(s.New)})
	}
	return lines
}

// askedFor says whether a scope is one of the page's. An app can also act while the
// person is away without one, by a token that lives until it is revoked: that is held.
func askedFor(c *core.ConsentView, name string) bool {
	return slices.ContainsFunc(c.Scopes, func(s core.ScopeView) bool { return s.Name == name })
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
	if text := v.scopeText(s); text != "" {
		line.Text = template.HTML(template.HTMLEscapeString(text)) // #nosec G203 -- escaped
	} else {
		line.Text = v.html("scope.unknown", func(string) any { return s.Name })
	}
	if len(s.Includes) > 0 {
		line.Hint = v.text("scope.includes", func(string) any { return v.included(s.Includes) })
	}
	return line
}

// included names the scopes that another implies, in the words of their own lines.
func (v *view) included(scopes []core.ScopeView) string {
	names := make([]string, 0, len(scopes))
	for _, s := range scopes {
		name := v.scopeText(s)
		if name == "" {
			name = s.Name
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}

// scopeText is the operator's description in the language of the page, cleaned;
// empty where there is none.
func (v *view) scopeText(s core.ScopeView) string {
	text, ok := brandText(s.Text, v.locale)
	if !ok {
		text = s.Text["en"]
	}
	return cut(stripHidden(text), 200)
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
