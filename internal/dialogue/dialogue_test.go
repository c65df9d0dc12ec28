package dialogue

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// clerk answers a little like a provider, and differently each time.
func clerk(t *testing.T) World {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	count := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		count++
		http.SetCookie(w, &http.Cookie{Name: "__Host-kw_s_0123abcd", Value: fmt.Sprintf("kw_se_%020d", time.Now().UnixNano()), Path: "/", Secure: true})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<title>Sign in</title><body id="page-signin"><h1>Hello %s</h1><form id="f" method="post" action="/next"><input type="hidden" name="csrf" value="t%d"><input name="user"><button name="do" value="go">Go</button></form></body>`, r.FormValue("client_id"), count)
	})
	mux.HandleFunc("POST /next", func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) != 1 || r.FormValue("csrf") != "t1" || r.FormValue("do") != "go" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		w.Header().Set("Location", fmt.Sprintf("https://app.example/cb?code=kw_ac_%020d&user=%s", time.Now().UnixNano(), r.FormValue("user")))
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"usr_01890000-0000-7000-8000-00000000%04d","exp":%d}`, count, now.Add(time.Minute).Unix()))
		fmt.Fprintf(w, `{"id":%q,"secret":%q,"got":%q,"token":"eyJhbGciOiJub25lIn0.%s.c2ln"}`, id, secret, r.FormValue("code"), claims)
	})
	return World{
		Handler: mux, Origin: "https://id.example", Now: func() time.Time { return now }, Advance: func(d time.Duration) { now = now.Add(d) },
		Values: map[string]string{"client": "demo", "client.secret": "s3cret/"},
	}
}

func TestDialogues(t *testing.T) { Run(t, "testdata/*.txtar", clerk) }

func TestRequestMistakes(t *testing.T) {
	for name, s := range map[string]section{
		"nothing asked":        {"app asks", "clock +1s\n"},
		"a bad header":         {"app asks", "GET /x\nnonsense\n"},
		"a bad capture":        {"app asks", "GET /x\ncapture y\n"},
		"a bad clock":          {"app asks", "clock soon\nGET /x\n"},
		"a program and a form": {"app fills in", "FORM f\n"},
		"an unknown word":      {"app asks", "GET /{nobody}\n"},
		"an unknown form":      {"Anna fills in", "FORM f\n"},
		"an absent capture":    {"app asks", "GET /authorize\ncapture x = query code\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := clerk(t).play(archive{sections: []section{s}}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestArchiveRoundTrip(t *testing.T) {
	text := "comment CD-01\n\n-- a b --\nGET /\n-- answer --\n200 OK\n\n"
	if got := parseArchive(text).String(); got != text {
		t.Errorf("got %q", got)
	}
	if identifier.MatchString("no ids, HTTP200") || !identifier.MatchString("see RED04.") {
		t.Error("ids are not told from words")
	}
	if !strings.HasSuffix(parseArchive("x").String(), "\n") {
		t.Error("not closed")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("CD-01\n-- Anna opens --\nGET /authorize?x={y}\n-- answer --\n200 OK\n")
	f.Add("-- a --\nclock +1h\nFORM\n\n{basic a b}\n")
	f.Fuzz(func(t *testing.T, text string) {
		a := parseArchive(text)
		if again := parseArchive(a.String()); again.String() != a.String() {
			t.Errorf("not stable: %q", text)
		}
		for _, s := range a.sections {
			r, err := parseRequest(s)
			if err == nil {
				_, _ = r.build("https://id.example", words{}) // must only not panic
			}
		}
	})
}
