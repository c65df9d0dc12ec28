package oidcsuite_test

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/webpage"
)

// browser is what the suite drives: it keeps cookies, follows redirects and
// sends forms, and runs no scripts.
type browser struct {
	t     *testing.T
	v     *server
	http  *http.Client
	email string
	// seen names the pages that asked the person something, in their order.
	seen []string
	// leave makes the person refuse at the consent page.
	deny bool
}

// landing is where a browser came to rest.
type landing struct {
	url    *url.URL
	called bool // at an address of the client's
	status int
	header http.Header
	body   string
	page   webpage.Page
	posted url.Values // what a form took to the client
	media  string
}

// name of the provider's page, empty for others.
func (l landing) name() string {
	name, _ := strings.CutPrefix(l.page.ID, "page-")
	return name
}

// String says where it is, for messages.
func (l landing) String() string {
	return fmt.Sprintf("%s: status %d, page %q, %q", l.url, l.status, l.name(), l.page.Heading())
}

func newBrowser(t *testing.T, v *server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := *v.http
	client.Jar = jar
	return &browser{t: t, v: v, http: &client, email: personEmail}
}

func (b *browser) open(address string) landing {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	must(b.t, err)
	return b.send(r)
}

// post sends a form as the suite's POST to the authorization endpoint does:
// from no page at all.
func (b *browser) post(address string, form url.Values, header ...string) landing {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.send(r)
}

// submit fills in a form of a page and presses the button named, "name=value".
func (b *browser) submit(at landing, form string, fields map[string]string, press string) landing {
	b.t.Helper()
	f, ok := at.page.Form(form)
	if !ok {
		b.t.Fatalf("%s has no form %q", at, form)
	}
	button, value, _ := strings.Cut(press, "=")
	to, err := at.url.Parse(f.Action)
	must(b.t, err)
	sent := f.Submit(fields, button, value)
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, to.String(), strings.NewReader(sent.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !b.v.bare {
		r.Header.Set("Origin", at.url.Scheme+"://"+at.url.Host)
		r.Header.Set("Referer", at.url.String())
	}
	return b.send(r)
}

// send follows redirects until a page, or a call of the client.
func (b *browser) send(r *http.Request) landing {
	b.t.Helper()
	for range 20 {
		if strings.HasPrefix(r.URL.String(), suiteHost) || !b.v.serves(r.URL) {
			return called(b.t, r)
		}
		r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
		if r.Header.Get("Accept-Language") == "" {
			r.Header.Set("Accept-Language", "en-US,en;q=0.9")
		}
		if !b.v.bare {
			for name, value := range map[string]string{"Site": "same-origin", "Mode": "navigate", "Dest": "document", "User": "?1"} {
				if r.Header.Get("Sec-Fetch-"+name) == "" {
					r.Header.Set("Sec-Fetch-"+name, value)
				}
			}
		}
		response, err := b.http.Do(r)
		must(b.t, err)
		body, err := io.ReadAll(response.Body)
		must(b.t, err)
		must(b.t, response.Body.Close())
		if next, err := response.Location(); err == nil && response.StatusCode/100 == 3 {
			if !slices.Contains([]int{http.StatusFound, http.StatusSeeOther}, response.StatusCode) {
				b.t.Fatalf("AZ-09: redirected with %d", response.StatusCode)
			}
			r, err = http.NewRequestWithContext(b.t.Context(), http.MethodGet, next.String(), nil)
			must(b.t, err)
			continue
		}
		return rest(b.t, r, response, string(body))
	}
	b.t.Fatal("too many redirects")
	return landing{}
}

// serves says whether the provider is asked, and not a client.
func (v *server) serves(u *url.URL) bool { return u.Scheme+"://"+u.Host == v.origin() }

// called is a request that arrived at the client.
func called(t *testing.T, r *http.Request) landing {
	t.Helper()
	l := landing{url: r.URL, called: true}
	if r.Method != http.MethodPost {
		return l
	}
	l.media, _, _ = mime.ParseMediaType(r.Header.Get("Content-Type"))
	body, err := io.ReadAll(r.Body)
	must(t, err)
	l.posted, err = url.ParseQuery(string(body))
	must(t, err)
	return l
}

func rest(t *testing.T, r *http.Request, response *http.Response, body string) landing {
	t.Helper()
	l := landing{url: r.URL, status: response.StatusCode, header: response.Header, body: body}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		page, err := webpage.Read(strings.NewReader(body))
		must(t, err)
		l.page = page
	}
	return l
}

// complete answers page after page, as the suite's automation is told to, until
// the client is called or there is nothing to answer.
func (b *browser) complete(at landing) landing {
	b.t.Helper()
	for range 12 {
		if at.called || at.status >= http.StatusBadRequest {
			return at
		}
		name := at.name()
		switch name {
		case "signin":
			at = b.submit(at, "signin", map[string]string{"identifier": b.email}, "")
		case "password":
			at = b.submit(at, "password-form", map[string]string{"password": personPassword}, "")
		case "consent":
			press := "decision=allow"
			if b.deny {
				press = "decision=deny"
			}
			at = b.submit(at, "consent", nil, press)
		case "accounts":
			form, _ := at.page.Form("accounts")
			at = b.submit(at, "accounts", nil, "account="+form.Value("account"))
		case "autopost":
			at = b.submit(at, "autopost", nil, "")
		case "signout":
			at = b.submit(at, "signout-form", nil, "decision=signout")
		default:
			return at
		}
		b.seen = append(b.seen, name)
	}
	b.t.Fatalf("the pages do not end: %v", b.seen)
	return landing{}
}

// asked gives the pages that asked something since it was called last, without
// those that only pass on.
func (b *browser) asked() []string {
	seen := slices.DeleteFunc(b.seen, func(name string) bool { return name == "autopost" })
	b.seen = nil
	return seen
}
