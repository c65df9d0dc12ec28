package webpage_test

import (
	"bytes"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/webpage"
)

const document = `<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Sign in
 · Acme</title><link rel="icon" href="/x"><script src="/a.js" defer></script></head>
<body class="stage" id="page-signin"><header><picture><source srcset="/d"><img src="/l" alt=""></picture></header>
<h1>Sign in</h1><svg viewBox="0 0 2 2"><path d="M0 0"/><text>never</text></svg>
<p class="lede">to go on to <bdi>Field &amp; notes</bdi></p>
<form method="post" action="/next" id="go"><input type="hidden" name="csrf" value="a&#34;b">
<label for="u">Address</label><input id="u" name="u" required autofocus>
<label><input type="checkbox" name="remember" value="1" checked><span>Remember</span></label>
<button name="decision" value="deny">No</button><button name="decision" value="allow">Yes</button><button type="button">Copy</button>
</form><p>New? <a href="/join" id="join">Join</a></p></body></html>`

func TestReadPage(t *testing.T) {
	p, err := webpage.Read(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if p.Title != "Sign in · Acme" || p.Lang != "en" || p.ID != "page-signin" || p.Heading() != "Sign in" {
		t.Errorf("head: %+v", p)
	}
	if !p.Says("to go on to Field & notes") || !p.Says("New? Join") || p.Says("never") {
		t.Errorf("texts: %+v", p.Texts)
	}
	if l, ok := p.Link("join"); !ok || l.Address != "/join" || l.Words != "Join" {
		t.Errorf("link: %+v", l)
	}
	f, ok := p.Form("u")
	if !ok || f.ID != "go" || f.Method != "POST" || f.Action != "/next" || f.Value("csrf") != `a"b` {
		t.Errorf("form: %+v", f)
	}
	if len(f.Fields) != 5 || f.Fields[4].Words != "Yes" {
		t.Errorf("fields: %+v", f.Fields)
	}
}

func TestSubmitForm(t *testing.T) {
	p, err := webpage.Read(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	f, _ := p.Form("go")
	for _, c := range []struct {
		name           string
		values         map[string]string
		button, choice string
		want           url.Values
	}{
		{"as it stands", nil, "", "", url.Values{"csrf": {`a"b`}, "u": {""}, "remember": {"1"}}},
		{"filled in", map[string]string{"u": "me", "remember": "", "csrf": "forged"}, "decision", "allow",
			url.Values{"csrf": {`a"b`}, "u": {"me"}, "decision": {"allow"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := f.Submit(c.values, c.button, c.choice); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte("<p><form><button></p></form>"))
	f.Add([]byte("<svg></svg></svg><h1>x"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		p, _ := webpage.Read(bytes.NewReader(b)) // must only not panic
		for _, form := range p.Forms {
			form.Submit(nil, "", "")
		}
	})
}
