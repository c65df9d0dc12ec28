package ui

import (
	"html/template"
	"net/url"
)

// errorLinks says which link of the page the button of an error page follows.
var errorLinks = map[string]string{
	"link_used":        "reset",
	"page_old":         "app",
	"device_over":      "device",
	"no_cookie":        "again",
	"other_browser":    "restart",
	"foreign":          "restart",
	"app_not_approved": "approval",
	"not_allowed":      "another",
	"identity_refused": "signin",
	"identity_taken":   "signin",
	"not_found":        "signin",
	"signup_closed":    "signin",
	"busy":             "again",
	"away":             "again",
	"ours":             "again",
}

// errorID is the id of the page's heading. An error that has no words is one of
// ours.
func (v *view) errorID() string {
	id := "error." + v.Page.Error
	if _, ok := v.messages[id+".text"]; ok {
		return id
	}
	return "error.ours"
}

// ErrorTitle is what happened.
func (v *view) ErrorTitle() template.HTML { return v.H(v.errorID()) }

// ErrorText is what to do.
func (v *view) ErrorText() template.HTML { return v.H(v.errorID() + ".text") }

// RequestID is the number for a help desk, cleaned.
func (v *view) RequestID() string { return CleanName(v.Page.RequestID) }

// Door is the way out of an error page: its own, or back to the app, or to
// signing in.
func (v *view) Door() *door {
	id := v.errorID()
	name := errorLinks[id[len("error."):]]
	if to := v.Link(name); to != "" {
		return &door{to, v.H(id + ".action")}
	}
	for _, d := range [...]struct{ link, id string }{{"again", "error.ours.action"}, {"restart", "error.other_browser.action"}, {"app", "link.app"}, {"signin", "link.signin"}} {
		if to := v.Link(d.link); to != "" {
			return &door{to, v.H(d.id)}
		}
	}
	return nil
}

type door struct {
	URL  template.URL
	Text template.HTML
}

// hostOf is the host of a URL, or the URL itself where it has none.
func hostOf(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		return u.Host
	}
	return uri
}
