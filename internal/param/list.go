package param

import (
	"slices"
	"strings"
)

// MaxListItems is how many items a space-delimited list may have, before
// repetitions are dropped.
const MaxListItems = 100

// SpaceList splits a space-delimited list such as scope (RFC 6749, section 3.3):
// items of visible ASCII without quote and backslash, one space between two.
// Repeated items are dropped, order is kept; the empty string is an empty list.
// Errors are *Error with ErrListSyntax or ErrListTooLong. It takes linear time.
func SpaceList(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	count := strings.Count(s, " ") + 1
	if count > MaxListItems {
		return nil, &Error{Reason: ErrListTooLong}
	}
	items := make([]string, 0, count)
	for item := range strings.SplitSeq(s, " ") {
		if !ScopeToken(item) {
			return nil, &Error{Reason: ErrListSyntax}
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items, nil
}

// ScopeToken reports whether s is one scope: at least one character, each
// visible ASCII other than quote and backslash (RFC 6749, section 3.3).
func ScopeToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
