package ui

import (
	"encoding/json"
	"html/template"
	"strings"

	"github.com/keywright/keywright/core"
)

// view is what templates see as ".". Its exported methods and fields are the
// language in which pages are written; replaced templates may use all of it.
type view struct {
	Page    *core.Page
	Product string // the brand's name, cleaned
	Title   string // of the document

	speaker
	u       *UI
	fields  []fieldSpec
	failed  bool // a form came back with problems
	first   string
	summary bool
	above   []core.Problem
}

// plainText is an argument that is already fit to be shown in full.
type plainText string

// Lang is the language tag of the page.
func (v *view) Lang() string { return v.tag.String() }

// Dir is "ltr" or "rtl".
func (v *view) Dir() string { return v.dir }

// T is the message with this id as text, with the facts of the page as arguments.
func (v *view) T(id string) string { return v.text(id, v.value) }

// H is the message as HTML: hosts, addresses and names stand isolated in it.
func (v *view) H(id string) template.HTML { return v.html(id, v.value) }

// value answers an argument from the page, then from what is known around it.
func (v *view) value(name string) any {
	if given, ok := v.Page.Args[name]; ok {
		return given
	}
	switch name {
	case "product":
		return v.Product
	case "organisation":
		if v.Page.Brand.Name != "" {
			return v.Product
		}
	case "app":
		if v.Page.App != nil {
			return plainText(v.App())
		}
	case "email":
		if v.Page.Account != nil && v.Page.Account.Email != "" {
			return v.Page.Account.Email
		}
	case "host":
		return v.host()
	}
	return nil
}

func (v *view) host() any {
	a := v.Page.App
	switch {
	case v.Page.Post != nil:
		return hostOf(v.Page.Post.URL)
	case a == nil:
		return nil
	case v.Page.Name == core.PageLeave && a.RedirectHost != "":
		return a.RedirectHost
	case a.Host != "":
		return a.Host
	}
	return nil
}

// App is the app's name as it may be shown: cleaned, and in quotes where it is
// only the app's own claim.
func (v *view) App() string {
	if v.Page.App == nil {
		return v.T("word.app")
	}
	name := CleanName(v.Page.App.Name)
	if name == "" {
		return v.T("app.unnamed")
	}
	if v.Unverified() {
		return v.text("name.quoted", func(string) any { return name })
	}
	return name
}

// Unverified says that nobody vouches for the app.
func (v *view) Unverified() bool {
	return claimed(v.Page.App) || v.Page.Consent != nil && v.Page.Consent.Unverified
}

// AppFace is the letter that stands for the app.
func (v *view) AppFace() string {
	if v.Page.App == nil || v.Unverified() {
		return "?"
	}
	return string([]rune(initials(CleanName(v.Page.App.Name)))[:1])
}

// Email is the address in use, "" if none is known.
func (v *view) Email() string {
	if a := v.Page.Account; a != nil && a.Email != "" {
		return cleanEmail(a.Email)
	}
	for _, name := range [...]string{"identifier", "email"} {
		if s := v.Page.Values[name]; s != "" {
			return cleanEmail(s)
		}
	}
	s, _ := v.Page.Args["email"].(string)
	return cleanEmail(s)
}

// Face is the initials of the account in use.
func (v *view) Face() string {
	if a := v.Page.Account; a != nil && a.Name != "" {
		return initials(CleanName(a.Name))
	}
	return initials(v.Email())
}

// Faces are the choices on the accounts page.
func (v *view) Faces() []face {
	faces := make([]face, 0, len(v.Page.Accounts))
	for _, a := range v.Page.Accounts {
		f := face{Key: a.Key, Name: CleanName(a.Name), Email: cleanEmail(a.Email), SignedOut: a.SignedOut}
		if f.Name == "" {
			f.Name, f.Email = f.Email, ""
		}
		f.Initials = initials(f.Name)
		faces = append(faces, f)
	}
	return faces
}

type face struct {
	Key, Name, Email, Initials string
	SignedOut                  bool
}

// Action is where the form posts to.
func (v *view) Action() template.URL { return postTarget(v.Page.Form.Action) }

// PostURL is where PageAutoPost sends the person.
func (v *view) PostURL() template.URL {
	if v.Page.Post == nil {
		return ""
	}
	return postTarget(v.Page.Post.URL)
}

// Link is a link of the page by name, "" if it is not offered.
func (v *view) Link(name string) template.URL { return safeLink(v.Page.Links[name]) }

// Outside is a link to somebody else's site; https only.
func (v *view) Outside(url string) template.URL { return outsideLink(url) }

// Arg says whether an argument of the page is given and true.
func (v *view) Arg(name string) bool {
	on, _ := v.Page.Args[name].(bool)
	return on
}

// Spelt is an argument of the page that is a text, cleaned; empty for none.
func (v *view) Spelt(name string) string {
	text, _ := v.Page.Args[name].(string)
	return CleanName(text)
}

// Has says whether an argument of the page is given.
func (v *view) Has(name string) bool { return v.Page.Args[name] != nil }

// Challenge is what the script of the page hands to the browser, as JSON.
func (v *view) Challenge() string { return string(v.Page.Challenge) }

// Signals are what it tells the browser of passkeys, as JSON; empty for nothing.
func (v *view) Signals() string {
	if v.Page.Args["signal"] == nil {
		return ""
	}
	b, err := json.Marshal(v.Page.Args["signal"])
	if err != nil {
		return ""
	}
	return string(b)
}

// Asset is the URL of one of our files.
func (v *view) Asset(name string) string {
	return v.Page.Base + "/assets/" + v.u.assets.hashed[name]
}

// BrandStyle is the URL of the brand's stylesheet, "" if there is none.
func (v *view) BrandStyle() string {
	if name := v.u.brands.name(v.Page.Brand); name != "" {
		return v.Page.Base + "/assets/" + name
	}
	return ""
}

// Logo is the URL of the brand’s picture, or "" for our mark.
func (v *view) Logo() string { return v.u.picture(v.Page.Base, v.Page.Brand.Logo) }

// LogoDark is the picture for dark mode.
func (v *view) LogoDark() string { return v.u.picture(v.Page.Base, v.Page.Brand.LogoDark) }

// Languages are links to the other languages, if the page has a "locale" link
// to which a tag can be added.
func (v *view) Languages() []languageLink {
	url := v.Page.Links["locale"]
	if url == "" || len(v.u.all) < 2 {
		return nil
	}
	links := make([]languageLink, 0, len(v.u.all))
	for _, l := range v.u.all {
		name := speaker{locale: l}.text("language.name", noValues)
		links = append(links, languageLink{Tag: l.name, Name: name, URL: safeLink(url + l.name), Current: l == v.locale})
	}
	return links
}

type languageLink struct {
	Tag, Name string
	URL       template.URL
	Current   bool
}

// Ways are the other ways to sign in.
func (v *view) Ways() []way {
	ways := make([]way, 0, len(v.Page.Ways))
	for _, w := range v.Page.Ways {
		one := way{Method: w.Method, URL: safeLink(w.URL)}
		if _, ok := v.messages[w.Label]; ok && strings.HasPrefix(w.Label, "way.") {
			one.Label = v.html(w.Label, v.value)
		} else {
			name := w.Label
			if strings.HasPrefix(name, "way.") {
				name = w.Method // of somebody's own authenticator, whose words nobody wrote
			}
			one.Label = v.html("way.provider", func(string) any { return name })
			one.Tile = string([]rune(initials(CleanName(name)))[:1])
		}
		ways = append(ways, one)
	}
	return ways
}

type way struct {
	Method, Tile string
	Label        template.HTML
	URL          template.URL
}
