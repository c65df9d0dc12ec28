package param

import (
	"fmt"
	"io"
	"iter"
	"log/slog"
)

// Values is the parameters of one request, in the order sent, repeated and empty
// ones included. The zero Values has none. It never changes, and neither prints
// nor logs what it holds.
type Values struct{ pairs []pair }

type pair struct{ name, value string }

// One returns the value of a parameter that may be sent once: empty if it is
// absent or empty. It returns an *Error with ErrRepeated if it was sent more
// than once, even with one value or none (OAuth 2.1, section 3.1).
func (v Values) One(name string) (string, error) {
	value, n := v.find(name)
	if n > 1 {
		return "", wrong(ErrRepeated, []byte(name))
	}
	return value, nil
}

// Get is One for who has looked at Repeated: a parameter that is absent, empty
// or repeated reads as the empty string, since neither of two values is the
// right one.
func (v Values) Get(name string) string {
	value, n := v.find(name)
	if n != 1 {
		return ""
	}
	return value
}

// Has reports whether a parameter was sent with a value at least once.
func (v Values) Has(name string) bool {
	for i := range v.pairs {
		if v.pairs[i].name == name && v.pairs[i].value != "" {
			return true
		}
	}
	return false
}

// All returns the values of a parameter that may be repeated, such as resource
// (RFC 8707), in order, without empty ones.
func (v Values) All(name string) []string {
	var all []string
	for _, p := range v.pairs {
		if p.name == name && p.value != "" {
			all = append(all, p.value)
		}
	}
	return all
}

// Repeated returns the names that were sent more than once, each once, in order
// of their first appearance; nil if there are none. The names are input: they
// are for comparing, not for showing.
func (v Values) Repeated() []string {
	var names []string
	for i, p := range v.pairs {
		if first, n := v.first(p.name); n > 1 && first == i {
			names = append(names, p.name)
		}
	}
	return names
}

// Len is the number of parameters sent.
func (v Values) Len() int { return len(v.pairs) }

// Pairs yields all parameters in the order sent.
func (v Values) Pairs() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, p := range v.pairs {
			if !yield(p.name, p.value) {
				return
			}
		}
	}
}

// find returns the first value of a name, and how often the name was sent.
func (v Values) find(name string) (value string, n int) {
	if i, n := v.first(name); n > 0 {
		return v.pairs[i].value, n
	}
	return "", 0
}

func (v Values) first(name string) (at, n int) {
	for i := len(v.pairs) - 1; i >= 0; i-- {
		if v.pairs[i].name == name {
			at, n = i, n+1
		}
	}
	return at, n
}

// String says how many parameters there are, and no more.
func (v Values) String() string { return fmt.Sprintf("param.Values(%d, hidden)", len(v.pairs)) }

// GoString is String.
func (v Values) GoString() string { return v.String() }

// Format is String for every verb.
func (v Values) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is String.
func (v Values) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalText is String, so that no encoder shows more.
func (v Values) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
