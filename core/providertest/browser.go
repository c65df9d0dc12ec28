package providertest

import (
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/internal/webpage"
)

const maxHops = 20

// Browser is a browser without a window. It keeps cookies, follows redirects
// between addresses of this machine, and sends the forms of the pages that it
// gets, with what the page put into them. It runs no scripts.
type Browser struct {
	person *Person
	http   *http.Client
	landed Landing
}

// Landing is where a browser came to rest.
type Landing struct {
	// URL of the page; or the address of an application that is not on this
	// machine, where the browser was sent but did not go.
	URL *url.URL
	// Status of the page; 0 for an address that was not gone to.
	Status int
	Header http.Header
	Body   string
	// Posted is what was on its way to an address that was not gone to, where
	// that was a form (response_mode=form_post).
	Posted url.Values
	page   webpage.Page
}

// Page is the name of the provider's page: "signin", "consent", "error" …, or
// empty for any other.
func (l Landing) Page() string {
	name, _ := strings.CutPrefix(l.page.ID, "page-")
	return name
}

// Heading is the first heading of the page.
func (l Landing) Heading() string { return l.page.Heading() }

// Says tells whether the words stand in a text of the page.
func (l Landing) Says(words string) bool { return l.page.Says(words) }

// Button finds the button of a form that carries the words, as "name=value" for
// Submit; empty where there is none.
func (l Landing) Button(form, words string) string {
	f, _ := l.page.Form(form)
	for _, i := range f.Fields {
		if i.Type == "submit" && strings.Contains(strings.ToLower(i.Words), strings.ToLower(words)) {
			return i.Name + "=" + i.Value
		}
	}
	return ""
}

// FormAction is the whole address that a form posts to; empty where there is no
// such form.
func (l Landing) FormAction(form string) string {
	f, ok := l.page.Form(form)
	if !ok {
		return ""
	}
	to, err := l.URL.Parse(f.Action)
	if err != nil {
		return ""
	}
	return to.String()
}

// Field is what a field of a form holds.
func (l Landing) Field(form, name string) string {
	f, _ := l.page.Form(form)
	return f.Value(name)
}

// Answer is a parameter of the authorization response: "code", "state", "iss",
// "error", in the query or in the posted form.
func (l Landing) Answer(name string) string {
	if l.Posted != nil {
		return l.Posted.Get(name)
	}
	return l.URL.Query().Get(name)
}

// HTTP is the client below, with the browser's cookies.
func (b *Browser) HTTP() *http.Client { return b.http }

// Landed is where the browser is.
func (b *Browser) Landed() Landing { return b.landed }

// Return goes back to a page as the browser remembers it, without asking the
// server: to send its form once more.
func (b *Browser) Return(to Landing) { b.landed = to }

// Open goes to an address and follows where it leads.
func (b *Browser) Open(address string) Landing {
	b.person.provider.t.Helper()
	r, err := http.NewRequestWithContext(b.person.provider.t.Context(), http.MethodGet, address, nil)
	b.must(err)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	return b.send(r)
}

// Follow presses a link of the page, by its id.
func (b *Browser) Follow(id string) Landing {
	b.person.provider.t.Helper()
	link, ok := b.landed.page.Link(id)
	if !ok {
		b.person.provider.t.Fatalf("providertest: %s has no link %q", b.landed.describe(), id)
	}
	to, err := b.landed.URL.Parse(link.Address)
	b.must(err)
	return b.Open(to.String())
}

// Submit fills in a form of the page, by its id or the name of one of its
// fields, and presses its button, or the one that press names: "decision=allow".
func (b *Browser) Submit(form string, fields map[string]string, press ...string) Landing {
	b.person.provider.t.Helper()
	f, ok := b.landed.page.Form(form)
	if !ok {
		b.person.provider.t.Fatalf("providertest: %s has no form %q", b.landed.describe(), form)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !f.Has(name) {
			b.person.provider.t.Fatalf("providertest: the form %q of %s has no field %q", form, b.landed.describe(), name)
		}
	}
	button, value := "", ""
	if len(press) > 0 {
		button, value, _ = strings.Cut(press[0], "=")
	}
	to, err := b.landed.URL.Parse(f.Action)
	b.must(err)
	sent := f.Submit(fields, button, value)
	if !onThisMachine(to) {
		b.landed = Landing{URL: to, Posted: sent}
		return b.landed
	}
	r, err := http.NewRequestWithContext(b.person.provider.t.Context(), http.MethodPost, to.String(), strings.NewReader(sent.Encode()))
	b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	// As browsers do for a page that sends no referrer.
	if to.Host == b.landed.URL.Host {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", to.Scheme+"://"+to.Host)
	} else {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "null")
	}
	return b.send(r)
}

// send follows redirects by itself, since it stops where this machine ends.
func (b *Browser) send(r *http.Request) Landing {
	t := b.person.provider.t
	t.Helper()
	for range maxHops {
		answer, err := b.http.Do(r)
		b.must(err)
		body, err := io.ReadAll(answer.Body)
		b.must(err)
		b.must(answer.Body.Close())
		if next, err := answer.Location(); err == nil && answer.StatusCode < 400 {
			if !onThisMachine(next) {
				b.landed = Landing{URL: next}
				return b.landed
			}
			r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, next.String(), nil)
			b.must(err)
			r.Header.Set("Accept-Language", "en")
			continue
		}
		b.landed = Landing{URL: r.URL, Status: answer.StatusCode, Header: answer.Header, Body: string(body)}
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			b.landed.page, err = webpage.Read(strings.NewReader(string(body)))
			b.must(err)
		}
		return b.landed
	}
	t.Fatalf("providertest: more than %d redirects, the last to %s", maxHops, r.URL)
	return Landing{}
}

func onThisMachine(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return (u.Scheme == "http" || u.Scheme == "https") && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

func (l Landing) describe() string {
	if l.URL == nil {
		return "a browser that has been nowhere"
	}
	return l.URL.Redacted() + " (" + l.page.Title + ")"
}

func (b *Browser) must(err error) {
	b.person.provider.t.Helper()
	if err != nil {
		b.person.provider.t.Fatalf("providertest: the browser of %s: %v", b.person.Email, err)
	}
}
