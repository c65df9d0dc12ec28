package param

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAZ03_RepetitionIsSeen(t *testing.T) { // TK-10, AUT04, TOK11
	v := mustQuery(t, "state=1&resource=a&state=1&scope=&resource=b&scope=&x=1&state=2&resource=")
	if got := v.Repeated(); !slices.Equal(got, []string{"state", "resource", "scope"}) {
		t.Errorf("repeated: %q", got)
	}
	for _, name := range []string{"state", "scope"} {
		value, err := v.One(name)
		if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, ErrRepeated) || e.Name != name || value != "" {
			t.Errorf("%s: %q, %v", name, value, err)
		}
		if got := v.Get(name); got != "" {
			t.Errorf("%s reads as %q", name, got)
		}
	}
	if got := v.All("resource"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("resource: %q", got)
	}
	if x, err := v.One("x"); x != "1" || err != nil || v.Get("x") != "1" {
		t.Errorf("x: %q, %v", x, err)
	}
	if v := mustQuery(t, "a=1&b=2"); v.Repeated() != nil {
		t.Error("a repetition where there is none")
	}
}

func TestAZ04_EmptyEqualsAbsent(t *testing.T) {
	v := mustQuery(t, "scope=&state&x=1")
	for _, name := range []string{"scope", "state", "nonce"} {
		value, err := v.One(name)
		if value != "" || err != nil || v.Has(name) || v.All(name) != nil || v.Get(name) != "" {
			t.Errorf("%s: %q, %v", name, value, err)
		}
	}
	if !v.Has("x") || v.Len() != 3 || (Values{}).Has("x") || (Values{}).Get("x") != "" {
		t.Error("presence is mistaken")
	}
}

func TestThreat_AUT05_BracketsAreUnknownNames(t *testing.T) {
	v := mustQuery(t, "scope[]=x&state[a]=1&client_id.x=y&SCOPE=z&scope%20=w")
	for _, name := range []string{"scope", "state", "client_id"} {
		if v.Has(name) {
			t.Errorf("%s is merged: %q", name, v.Get(name))
		}
	}
}

func TestValuesPrintNothing(t *testing.T) {
	v := mustQuery(t, "client_secret=canary")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, x := range []any{v, &v, struct{ V Values }{v}} {
			if got := fmt.Sprintf(verb, x); strings.Contains(got, "canary") || strings.Contains(got, "63616e617279") {
				t.Errorf("%s: %s", verb, got)
			}
		}
	}
	if b, err := json.Marshal(v); err != nil || strings.Contains(string(b)+v.LogValue().String(), "canary") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestSpaceListIsTheSyntaxOfScope(t *testing.T) { // AZ-15, AUT12
	for s, want := range map[string][]string{
		"":                  nil,
		"openid":            {"openid"},
		"b a b c a":         {"b", "a", "c"},
		"!#[]~ https://a/b": {"!#[]~", "https://a/b"},
	} {
		if got, err := SpaceList(s); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for s, want := range map[string]error{
		" ": ErrListSyntax, " a": ErrListSyntax, "a ": ErrListSyntax, "a  b": ErrListSyntax, `a"b`: ErrListSyntax,
		`a\b`: ErrListSyntax, "a\tb": ErrListSyntax, "é": ErrListSyntax, "a\x7f": ErrListSyntax, "a\nb": ErrListSyntax,
		strings.Repeat("a ", 10_000) + "a": ErrListTooLong, strings.Repeat(" ", 1<<16): ErrListTooLong,
		strings.Repeat("a ", 99) + "a": nil,
	} {
		if _, err := SpaceList(s); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", s, err, want)
		}
	}
}

func FuzzSpaceList(f *testing.F) {
	for _, s := range []string{"", "a b", "a  b", `"`, "a a", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		items, err := SpaceList(s)
		if err != nil {
			return
		}
		again, err := SpaceList(strings.Join(items, " "))
		if err != nil || !slices.Equal(items, again) || len(items) > MaxListItems {
			t.Errorf("%q: %q, then %q, %v", s, items, again, err)
		}
		if whole := strings.Fields(s); len(slices.Compact(slices.Sorted(slices.Values(whole)))) != len(items) {
			t.Errorf("%q: %q", s, items)
		}
	})
}
