package attacks_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core/providertest"
)

func rec() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// caller is a browser at a network address of its own.
type caller struct {
	p    *providertest.Provider
	from string
	jar  http.CookieJar
	at   string
	last *httptest.ResponseRecorder
}

func fresh(p *providertest.Provider, from string) *caller {
	jar, _ := cookiejar.New(nil)
	return &caller{p: p, from: from, jar: jar}
}

func (c *caller) do(r *http.Request) *httptest.ResponseRecorder {
	for range 10 {
		u := *r.URL
		u.Scheme = "https" // the cookies are Secure
		for _, k := range c.jar.Cookies(&u) {
			r.AddCookie(k)
		}
		r.RemoteAddr, r.RequestURI = c.from, ""
		w := httptest.NewRecorder()
		c.p.Handler().ServeHTTP(w, r)
		c.jar.SetCookies(&u, w.Result().Cookies())
		c.at, c.last = r.URL.String(), w
		to := w.Header().Get("Location")
		if to == "" || !strings.HasPrefix(to, c.p.Issuer()) {
			break
		}
		r, _ = http.NewRequest(http.MethodGet, to, nil)
	}
	return c.last
}

func (c *caller) get(to string) *httptest.ResponseRecorder {
	r, _ := http.NewRequest(http.MethodGet, to, nil)
	return c.do(r)
}

func (c *caller) post(to string, v url.Values, headers ...string) *httptest.ResponseRecorder {
	r, _ := http.NewRequest(http.MethodPost, to, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.do(r)
}

func (c *caller) fields() url.Values {
	v := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(c.last.Body.String(), -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// askReset begins at an application and asks for a link to an address.
func (c *caller) askReset(start, email string) *httptest.ResponseRecorder {
	c.get(start)
	c.get(c.at[:strings.LastIndex(c.at, "/")] + "/reset")
	v := c.fields()
	v.Set("email", email)
	return c.post(c.at, v)
}

// askSignUp begins at an application and fills in the form of a new account.
func (c *caller) askSignUp(start, email, password string) *httptest.ResponseRecorder {
	c.get(start)
	c.get(c.at[:strings.LastIndex(c.at, "/")] + "/signup")
	v := c.fields()
	v.Set("name", "Somebody")
	v.Set("email", email)
	v.Set("password", password)
	return c.post(c.at, v)
}
