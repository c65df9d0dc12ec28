package mailaddress

import (
	"errors"
	"strings"
	"testing"
)

// The whole table is with the password, which was here first.
func TestThreat_IDN01_MAG08_oneFormOrRefused(t *testing.T) {
	for typed, want := range map[string]string{
		"Alice@Example.COM": "alice@example.com", "zoe\u0308@example.com": "zoë@example.com",
		"(a(b)c)alice@example.com": "", "alice": "", "alice@example.com\r\nBcc: x@y.example": "", strings.Repeat("(", 1<<20): "",
	} {
		got, err := Canonical(typed)
		if got != want || (want == "") != errors.Is(err, ErrAddress) {
			t.Errorf("%.40q: %q, %v", typed, got, err)
		}
	}
}
