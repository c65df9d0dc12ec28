//go:build unix

package torture

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"

	"github.com/keywright/keywright/internal/itest/torture/history"
	"github.com/keywright/keywright/internal/webpage"
)

// browser keeps cookies and a network address of its own.
type browser struct {
	run     *run
	cookies map[string]string
	address string
}

func (r *run) newBrowser() *browser {
	n := rand.Uint32() //nolint:gosec // an address; nothing rests on it
	return &browser{run: r, cookies: map[string]string{}, address: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
}

// header is what it sends with every request.
func (b *browser) header() http.Header {
	var sent []string
	for name, value := range b.cookies {
		sent = append(sent, name+"="+value)
	}
	h := http.Header{"X-Forwarded-For": {b.address}, "Accept-Language": {"en"}}
	if len(sent) > 0 {
		h["Cookie"] = []string{strings.Join(sent, "; ")}
	}
	return h
}

// send sends one request and keeps the cookies of its answer.
func (b *browser) send(method, address string, form url.Values) answer {
	h := b.header()
	if method == http.MethodPost {
		h["Origin"], h["Sec-Fetch-Site"] = []string{b.run.setting.Issuer}, []string{"same-origin"}
	}
	a := b.run.do(method, address, form, h)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return a
}

// visit is one way through pages, from an address to an application.
type visit struct {
	*browser
	// from when it began, to when its last answer came.
	from, to history.Time
	// troubled says that an answer was lost on the way.
	troubled bool
	// asked counts how often the password was asked for.
	asked int
	// landed is the address of the application that it ended at; nil if it ended elsewhere.
	landed *url.URL
	// stuck says where and why it ended elsewhere.
	stuck string
	path  []string
}

// What a visit does at most.
const (
	maxSteps    = 16
	maxAttempts = 8
	maxAsked    = 3
)

// visit opens the address and answers every page with what is typed, until the browser is sent away from the
// provider, or done says that this page is where it wanted to get.
func (b *browser) visit(address string, typed map[string]string, done func(webpage.Page) bool) *visit {
	v := &visit{browser: b, from: b.run.clock.Since()}
	method, form := http.MethodGet, url.Values(nil)
	for range maxSteps {
		a, ok := v.insist(method, address, form)
		if v.to = a.to; !ok {
			v.stuck = "no answer"
			return v
		}
		if to := a.header.Get("Location"); to != "" && a.status < 400 {
			at, err := url.Parse(to)
			if err != nil {
				v.stuck = "a Location that is none: " + to
				return v
			}
			if at.Host != "" && !strings.HasPrefix(to, b.run.setting.Issuer) {
				v.landed = at
				return v
			}
			method, address, form = http.MethodGet, b.run.absolute(to), nil
			continue
		}
		page, err := webpage.Read(strings.NewReader(string(a.body)))
		if err != nil {
			v.stuck = err.Error()
			return v
		}
		v.path = append(v.path, fmt.Sprintf("%s(%d)", strings.TrimPrefix(page.ID, "page-"), a.status))
		if done != nil && done(page) {
			return v
		}
		if address, form, err = v.fill(page, typed); err != nil {
			v.stuck = err.Error()
			return v
		}
		method = http.MethodPost
	}
	v.stuck = "it does not end"
	return v
}

// insist asks again while answers are lost, as a person does who presses the button once more.
func (v *visit) insist(method, address string, form url.Values) (answer, bool) {
	var a answer
	for n := range maxAttempts {
		if a = v.send(method, address, form); !a.unknown() {
			return a, true
		}
		v.troubled = true
		v.run.pause(n)
	}
	return a, false
}

// fill answers a page: agrees, or types what the form asks for.
func (v *visit) fill(page webpage.Page, typed map[string]string) (address string, form url.Values, err error) {
	if f, ok := page.Form("decision"); ok {
		return v.run.absolute(f.Action), f.Submit(map[string]string{"remember": "1"}, "decision", "allow"), nil
	}
	for _, known := range []string{"current", "password", "identifier"} {
		f, ok := page.Form(known)
		if !ok {
			continue
		}
		if known == "password" {
			if v.asked++; v.asked > maxAsked {
				return "", nil, fmt.Errorf("the password is asked for again and again")
			}
		}
		fields := typed
		if known == "current" { // a new password is chosen
			fields = map[string]string{"current": typed["password"], "password": typed["new"], "end_sessions": typed["end_sessions"]}
		}
		return v.run.absolute(f.Action), f.Submit(fields, "", ""), nil
	}
	return "", nil, fmt.Errorf("a page that asks for nothing known: %s, %q", page.ID, page.Heading())
}

func (r *run) absolute(to string) string {
	if strings.HasPrefix(to, "/") {
		return r.setting.Issuer + to
	}
	return to
}

// describe is a line for a visit that got nowhere.
func (v *visit) describe() string {
	return fmt.Sprintf("  %s to %s: %s after %s, answers lost: %t\n", v.from, v.to, v.stuck, strings.Join(v.path, ", "), v.troubled)
}
