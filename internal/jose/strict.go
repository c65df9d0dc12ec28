package jose

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Limits on JSON from outside.
const (
	maxClaimsBytes = 16 << 10
	maxDepth       = 16
)

// StrictClaims decodes one JSON object into a struct or map. It refuses with ErrMalformed what readers could understand
// in different ways: a member name that appears twice at any depth, anything after the object, invalid UTF-8, nesting
// deeper than 16, and a top-level name that equals a field's name in all but case (which encoding/json would take for it). More
// than 16 KiB gives ErrTooLarge. Unknown members are ignored, as RFC 7519 section 4 asks.
func StrictClaims(payload []byte, into any) error {
	if len(payload) > maxClaimsBytes {
		return ErrTooLarge
	}
	names, err := checkStrict(payload)
	if err != nil {
		return err
	}
	if err := checkCase(names, into); err != nil {
		return err
	}
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("%w: a claim has the wrong type", ErrMalformed)
	}
	return nil
}

// checkCase compares the names of the object with the json tags of the struct that is decoded into.
func checkCase(names map[string]bool, into any) error {
	t := reflect.TypeOf(into)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, field := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		for name := range names {
			if name != tag && strings.EqualFold(name, tag) {
				return fmt.Errorf("%w: member name in wrong case", ErrMalformed)
			}
		}
	}
	return nil
}

// checkStrict walks one JSON object and returns its top-level names.
func checkStrict(doc []byte) (map[string]bool, error) {
	if err := checkJSON(doc); err != nil {
		return nil, err
	}
	w := walker{doc: doc}
	w.space()
	if w.doc[w.at] != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	names := make(map[string]bool)
	if !w.object(names) {
		return nil, fmt.Errorf("%w: repeated member name", ErrMalformed)
	}
	return names, nil
}

func checkJSON(doc []byte) error {
	if !utf8.Valid(doc) || tooDeep(doc) || !json.Valid(doc) {
		return fmt.Errorf("%w: not JSON within limits", ErrMalformed)
	}
	return nil
}

// tooDeep counts brackets before any parser recurses into them.
func tooDeep(doc []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// walker steps through JSON that is known to be valid; hence it need not look for the end of the input.
type walker struct {
	doc []byte
	at  int
}

func (w *walker) space() {
	for w.at < len(w.doc) {
		switch w.doc[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// text returns a string with its quotes.
func (w *walker) text() []byte {
	start := w.at
	for w.at++; w.doc[w.at] != '"'; w.at++ {
		if w.doc[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	return w.doc[start:w.at]
}

// object reports whether no name repeats in this object or below it.
func (w *walker) object(names map[string]bool) bool {
	for w.at++; ; w.at++ { // past the brace, then past each comma
		w.space()
		if w.doc[w.at] == '}' {
			w.at++
			return true
		}
		var name string
		if json.Unmarshal(w.text(), &name) != nil || names[name] {
			return false
		}
		names[name] = true
		w.space()
		w.at++ // the colon
		if !w.value() {
			return false
		}
		w.space()
		if w.doc[w.at] == '}' {
			w.at++
			return true
		}
	}
}

func (w *walker) array() bool {
	for w.at++; ; w.at++ {
		w.space()
		if w.doc[w.at] == ']' {
			w.at++
			return true
		}
		if !w.value() {
			return false
		}
		w.space()
		if w.doc[w.at] == ']' {
			w.at++
			return true
		}
	}
}

func (w *walker) value() bool {
	w.space()
	switch w.doc[w.at] {
	case '{':
		return w.object(make(map[string]bool))
	case '[':
		return w.array()
	case '"':
		w.text()
		return true
	}
	for ; w.at < len(w.doc); w.at++ { // a number or a word ends where structure goes on
		switch w.doc[w.at] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return true
		}
	}
	return true
}
