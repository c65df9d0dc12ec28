package conformance

import (
	"errors"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
)

func turnHostileForm(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	noor := s.person("noor@example.com")
	first := s.visit(noor)
	guess := s.c.Guess(s.sight(first, s.toProof(first, posts)))
	for what, hostile := range hostileForms(guess) {
		v := s.visit(noor)
		s.windows = map[string]window{}
		e := s.toProof(v, posts)
		for _, step := range s.a.Steps() {
			r := s.post(v, step, hostile)
			s.that(r.signedIn.IsZero(), "%s at %q signs in", what, step)
			s.clear(r.err, what+" at "+string(step))
		}
		r := s.post(v, e.step, hostile)
		s.clear(r.err, what)
	}
}

// clear ends the check if an error is none that a person can be told.
func (s *stage) clear(err error, what string) {
	var page *core.PageError
	var throttled *core.Throttled
	s.that(err == nil || errors.As(err, &page) || errors.As(err, &throttled), "%s gives %v, want a page that says what to do", what, err)
}

// hostileForms are a right form gone wrong.
func hostileForms(form url.Values) map[string]url.Values {
	all := map[string]url.Values{"an empty form": {}, "a form of unknown fields": {"__proto__": {"x"}, "": {""}}}
	for name, change := range map[string]func(string) []string{
		"empty values":      func(string) []string { return []string{""} },
		"repeated values":   func(v string) []string { return []string{v, v} },
		"no values":         func(string) []string { return nil },
		"long values":       func(string) []string { return []string{strings.Repeat("a", 60_000)} },
		"NUL":               func(v string) []string { return []string{v + "\x00"} },
		"broken UTF-8":      func(v string) []string { return []string{v + "\xff\xfe"} },
		"markup":            func(string) []string { return []string{`"><script>alert(1)</script>`} },
		"JSON":              func(string) []string { return []string{`{"a":[[[[[[[[]]]]]]]]}`} },
		"deep JSON":         func(string) []string { return []string{strings.Repeat(`{"a":`, 10_000)} },
		"a negative number": func(string) []string { return []string{"-1"} },
		"other digits":      func(string) []string { return []string{"١٢٣٤٥٦"} },
	} {
		changed := url.Values{}
		for key, values := range form {
			changed[key] = change(strings.Join(values, ""))
		}
		all[name] = changed
	}
	return all
}
