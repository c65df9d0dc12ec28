package redirecturi

import (
	"net/url"
	"strings"
	"testing"
)

func TestAZ14_ExistingQueryIsKept(t *testing.T) {
	for uri, want := range map[string]string{
		"https://c.example/cb":           "https://c.example/cb?code=a%20b",
		"https://c.example":              "https://c.example?code=a%20b",
		"https://c.example/cb?":          "https://c.example/cb?code=a%20b",
		"https://c.example/cb?x=%2f+%41": "https://c.example/cb?x=%2f+%41&code=a%20b",
		"https://c.example/cb?x=1&":      "https://c.example/cb?x=1&code=a%20b",
		"https://c.example/cb?x&x=?":     "https://c.example/cb?x&x=?&code=a%20b",
		"com.example.app:/cb":            "com.example.app:/cb?code=a%20b",
	} {
		if got := AppendQuery(uri, Pair{"code", "a b"}); got != want {
			t.Errorf("%q: %q, want %q", uri, got, want)
		}
		if AppendQuery(uri) != uri {
			t.Errorf("%q changes without parameters", uri)
		}
	}
}

func TestAZ12_StateComesBackByteForByte(t *testing.T) {
	for _, state := range []string{"%20+&é=", "a&code=x#y%0d%0aSet-Cookie:z", "\r\n\x00\xff", strings.Repeat("é", 2048)} {
		got := AppendQuery("https://c.example/cb?x=1", Pair{"state", state}, Pair{"iss", "https://i.example"})
		u, err := url.Parse(got)
		if err != nil || strings.ContainsAny(got, "\r\n #") {
			t.Fatalf("%q: %v", got, err)
		}
		if q := u.Query(); q.Get("state") != state || q.Get("x") != "1" || q.Get("iss") != "https://i.example" || len(q) != 3 {
			t.Errorf("%q came back as %q", state, q)
		}
		if raw, err := url.PathUnescape(strings.Split(strings.Split(got, "state=")[1], "&")[0]); err != nil || raw != state {
			t.Errorf("%q is read differently without form decoding", state)
		}
	}
}

func TestOriginIsTheBrowsers(t *testing.T) {
	for uri, want := range map[string]string{
		"https://App.example:443/cb": "https://app.example", "https://app.example:8443/cb?x": "https://app.example:8443",
		"http://127.0.0.1:33418/": "http://127.0.0.1:33418", "http://localhost:80": "http://localhost",
		"http://[::1]:9/cb": "http://[::1]:9", "https://a.example:80/": "https://a.example:80",
		"com.example.app:/cb": "", "javascript:x": "", "": "", "http://app.example/": "",
	} {
		if got := Origin(uri); got != want {
			t.Errorf("%q: %q, want %q", uri, got, want)
		}
	}
}

func FuzzAppendQuery(f *testing.F) {
	f.Add("https://c.example/cb?x=1", "state", "a&b=c #%")
	f.Fuzz(func(t *testing.T, uri, name, value string) {
		if checkAny(uri) != nil {
			return
		}
		got := AppendQuery(uri, Pair{name, value})
		if !strings.HasPrefix(got, uri) || len(got) < MaxLength && checkAny(got) != nil {
			t.Errorf("%q became %q", uri, got)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		last := u.RawQuery[strings.LastIndexByte(u.RawQuery, '&')+1:]
		if q, err := url.ParseQuery(last); err != nil || q.Get(name) != value || len(q) != 1 {
			t.Errorf("%q=%q became %q", name, value, last)
		}
	})
}
