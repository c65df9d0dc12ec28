package param

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func mustQuery(t testing.TB, raw string) Values {
	t.Helper()
	v, err := ParseQuery(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseQueryDecodes(t *testing.T) {
	for raw, want := range map[string][]pair{
		"":                     nil,
		"&&":                   nil,
		"a=1&b=2":              {{"a", "1"}, {"b", "2"}},
		"a=1&&b=2&":            {{"a", "1"}, {"b", "2"}},
		"a=b=c":                {{"a", "b=c"}},
		"a":                    {{"a", ""}},
		"=x":                   {{"", "x"}},
		"a=x+y%2B%20%26%3d":    {{"a", "x y+ &="}},
		"%61=%C3%A9é":          {{"a", "éé"}},
		"a;b=1;c":              {{"a;b", "1;c"}},
		"b=2&a=1&b=3":          {{"b", "2"}, {"a", "1"}, {"b", "3"}},
		"state=%F0%9F%98%80":   {{"state", "😀"}},
		"u=https%3A%2F%2Fa%2F": {{"u", "https://a/"}},
	} {
		if v := mustQuery(t, raw); !slices.Equal(v.pairs, want) {
			t.Errorf("%q: %q, want %q", raw, v.pairs, want)
		}
	}
}

func TestAZ16_HostileTextIsRefused(t *testing.T) {
	for raw, want := range map[string]error{ // IDN06, HTP09
		"state=%":            ErrEncoding,
		"state=%4":           ErrEncoding,
		"state=%zz":          ErrEncoding,
		"%=1":                ErrEncoding,
		"state=%00":          ErrControl,
		"state=\x00":         ErrControl,
		"state=a%0d%0ab":     ErrControl,
		"state=%7f":          ErrControl,
		"state=%C2%85":       ErrControl,
		"state=%EF%BB%BFa":   ErrControl,
		"%0a=1":              ErrControl,
		"state=%ff":          ErrUTF8,
		"state=%C0%80":       ErrUTF8,
		"state=%ED%A0%80":    ErrUTF8, // a surrogate
		"state=%F4%90%80%80": ErrUTF8,
		"state=\xc3":         ErrUTF8,
		"%ff=1":              ErrUTF8,
	} {
		v, err := ParseQuery(raw, Limits{})
		if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, want) || v.Len() != 0 {
			t.Errorf("%q: %v, want %v", raw, err, want)
		} else if named := strings.HasPrefix(raw, "state"); named != (e.Name == "state") {
			t.Errorf("%q: names %q", raw, e.Name)
		}
	}
}

func TestErrorsNeverEcho(t *testing.T) {
	for _, raw := range []string{"canary=%00", "state=canary%00", "canary=%zz", "%63anary=\xff", "canary" + strings.Repeat("x", 200)} {
		_, err := ParseQuery(raw, Limits{})
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if _, err := mustQuery(t, "canary=1&canary=2").One("canary"); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("repeated: %v", err)
	}
}

func TestThreat_HTP02_LimitsHold(t *testing.T) {
	for _, c := range []struct {
		raw  string
		l    Limits
		want error
	}{
		{"a=" + strings.Repeat("x", 32<<10), Limits{}, nil},
		{"a=" + strings.Repeat("x", 32<<10+1), Limits{}, ErrValueTooLong},
		{"a=" + strings.Repeat("x", 64<<10), Limits{}, ErrTooLarge},
		{strings.Repeat("n", 128) + "=", Limits{}, nil},
		{strings.Repeat("n", 129) + "=", Limits{}, ErrNameTooLong},
		{strings.Repeat("a&", 99), Limits{}, nil},
		{strings.Repeat("a&", 100), Limits{}, ErrTooMany},
		{strings.Repeat("&", 100_000), Limits{Bytes: 1 << 20}, ErrTooMany},
		{"a=%41%41", Limits{Value: 2}, nil},
		{"a=%41%41%41", Limits{Value: 2}, ErrValueTooLong},
		{"abc=1", Limits{Name: 2}, ErrNameTooLong},
		{"a&b", Limits{Count: 1}, ErrTooMany},
		{"abcd", Limits{Bytes: 3}, ErrTooLarge},
	} {
		if _, err := ParseQuery(c.raw, c.l); !errors.Is(err, c.want) {
			t.Errorf("%.20q, %d bytes, %+v: %v, want %v", c.raw, len(c.raw), c.l, err, c.want)
		}
	}
}

// What comes out is what net/url reads, in every case that both accept.
func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"a=1&b=%20+x", "a&&=&%", "state=%ff", "a=%00", "a=b=c&a=%C3%A9", "%EF%BB%BF", strings.Repeat("&", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := ParseQuery(raw, Limits{})
		want, stdErr := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%q: untyped %v", raw, err)
			}
			return
		}
		if stdErr != nil {
			t.Fatalf("%q is accepted, not so by net/url: %v", raw, stdErr)
		}
		n, again := 0, url.Values{}
		for name, value := range v.Pairs() {
			n++
			again.Add(name, value)
			if !utf8.ValidString(name+value) || strings.ContainsFunc(name+value, unicode.IsControl) {
				t.Errorf("%q: text %q", raw, name+value)
			}
		}
		if again.Encode() != want.Encode() || n != v.Len() {
			t.Errorf("%q: %q, want %q", raw, again, want)
		}
	})
}

func BenchmarkParseQuery(b *testing.B) {
	raw := "client_id=demo&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=openid%20profile" +
		"&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
	b.ReportAllocs()
	for b.Loop() {
		mustQuery(b, raw)
	}
}
