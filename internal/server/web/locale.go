package web

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds on what is read of a person's languages (HTP12).
const (
	maxLocales        = 8
	maxAcceptLanguage = 1 << 10
	maxTag            = 35 // RFC 5646 section 4.4.1
)

// Locales lists language tags in the order preferred: what the request names
// first, then what the browser says. Nothing in it is an error: what is no tag
// is left out (OC-18).
func Locales(asked []string, acceptLanguage string) []string {
	var out []string
	for _, tag := range append(slices.Clone(asked[:min(len(asked), maxLocales)]), accepted(acceptLanguage)...) {
		if len(out) < maxLocales && isTag(tag) && !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// accepted reads Accept-Language (RFC 9110 section 12.5.4), best first.
func accepted(header string) []string {
	if len(header) > maxAcceptLanguage {
		header = header[:maxAcceptLanguage]
	}
	type choice struct {
		tag string
		q   float64
	}
	var choices []choice
	for part := range strings.SplitSeq(header, ",") {
		tag, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if w, ok := strings.CutPrefix(strings.TrimSpace(weight), "q="); ok {
			q, _ = strconv.ParseFloat(w, 64)
		}
		if q > 0 && len(choices) < 4*maxLocales {
			choices = append(choices, choice{strings.TrimSpace(tag), q})
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		}
		return 0
	})
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = c.tag
	}
	return out
}

func isTag(s string) bool {
	if s == "" || len(s) > maxTag || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
			return false
		}
	}
	return true
}
