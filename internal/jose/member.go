package jose

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// manyMembers is from where on repeated names are looked for by a map: below it, comparing all is quicker and takes no memory.
const manyMembers = 48

// EachMember gives the members of one JSON object in their order, as strict as StrictClaims and with next to no memory: for
// claims that are read on every request. name is unquoted; value is the JSON text, without blanks around it. Both are parts of doc where
// possible and must not be changed. It ends with the first error of visit.
func EachMember(doc []byte, visit func(name, value []byte) error) error {
	if len(doc) > maxClaimsBytes {
		return ErrTooLarge
	}
	if err := checkObject(doc); err != nil {
		return err
	}
	w := walker{doc: doc}
	w.space()
	var room [manyMembers][]byte
	seen := names{list: room[:0]}
	for w.at++; ; w.at++ { // past the brace, then past each comma
		w.space()
		if w.doc[w.at] == '}' {
			return nil
		}
		name, ok := unquoted(w.text())
		if !ok || seen.repeats(name) {
			return fmt.Errorf("%w: repeated member name", ErrMalformed)
		}
		w.space()
		w.at++ // the colon
		w.space()
		start := w.at
		if !w.value() {
			return fmt.Errorf("%w: repeated member name", ErrMalformed)
		}
		if err := visit(name, bytes.TrimRight(doc[start:w.at], " \t\r\n")); err != nil {
			return err
		}
		w.space()
		if w.doc[w.at] == '}' {
			return nil
		}
	}
}

func checkObject(doc []byte) error {
	if err := checkJSON(doc); err != nil {
		return err
	}
	if first := bytes.TrimLeft(doc, " \t\r\n"); first[0] != '{' {
		return fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	return nil
}

// unquoted is the text of a JSON string that is known to be valid.
func unquoted(quoted []byte) ([]byte, bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil, false
	}
	return []byte(text), true
}

// names are those seen in one object.
type names struct {
	list [][]byte
	more map[string]bool
}

func (n *names) repeats(name []byte) bool {
	for _, seen := range n.list {
		if bytes.Equal(seen, name) {
			return true
		}
	}
	if len(n.list) < manyMembers {
		n.list = append(n.list, name)
		return false
	}
	if n.more == nil {
		n.more = make(map[string]bool)
	}
	repeated := n.more[string(name)]
	n.more[string(name)] = true
	return repeated
}

// Text reads a JSON string as EachMember gives it. Anything else, null too, gives ErrMalformed.
func Text(value []byte) (string, error) {
	if len(value) < 2 || value[0] != '"' {
		return "", fmt.Errorf("%w: not a string", ErrMalformed)
	}
	text, ok := unquoted(value)
	if !ok {
		return "", fmt.Errorf("%w: not a string", ErrMalformed)
	}
	return string(text), nil
}
