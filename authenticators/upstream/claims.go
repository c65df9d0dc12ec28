package upstream

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/internal/jose"
)

const (
	maxSubject = 255 // bytes: OpenID Connect Core section 2
	maxLine    = 255 // bytes of a name
	maxPicture = 2048
	maxClaim   = 2 << 10 // bytes of one claim of Claims.More
)

// claims are the members of a JSON object, not yet read.
type claims map[string]json.RawMessage

// parseClaims reads an object of another provider: at most 16 KiB, no name twice.
func parseClaims(doc []byte) (claims, error) {
	var c claims
	err := jose.StrictClaims(doc, &c)
	return c, err
}

// at finds a member by its name, or else by the way that the dots in the name lead.
func (c claims) at(name string) json.RawMessage {
	if raw, ok := c[name]; ok || name == "" {
		return raw
	}
	first, rest, more := strings.Cut(name, ".")
	if !more {
		return nil
	}
	var inner claims
	if json.Unmarshal(c[first], &inner) != nil {
		return nil
	}
	return inner.at(rest)
}

// text is a member that is a string; empty for anything else.
func (c claims) text(name string) string { return textOf(c.at(name)) }

func textOf(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// subject is a string or a whole number; empty for anything else.
func (c claims) subject(name string) string {
	raw := c.at(name)
	s := textOf(raw)
	if s == "" && len(raw) > 0 && strings.Trim(string(raw), "0123456789") == "" {
		s = string(raw)
	}
	if len(s) > maxSubject || noText(s) {
		return ""
	}
	return s
}

// noText says that a subject holds what decoders put in place of half a surrogate pair: two people could be one by it (threat IDN06).
func noText(subject string) bool { return strings.ContainsRune(subject, utf8.RuneError) }

// line is a string fit for one line of a page: without control characters, cut to what a profile holds.
func (c claims) line(name string) string { return oneLine(c.text(name)) }

func oneLine(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
	for len(s) > maxLine {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// isTrue: the JSON value true and nothing that looks like it (LNK05), or the text where that is documented.
func isTrue(raw json.RawMessage, asText bool) bool {
	return string(raw) == "true" || asText && string(raw) == `"true"`
}
