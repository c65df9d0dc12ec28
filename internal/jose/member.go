package jose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// manyMembers is from where on repeated names are looked for by a map: below it, comparing all is quicker and takes no memory.
const manyMembers = 48

// EachMember gives the members of one JSON object in their order, as strict as StrictClaims and with next to no memory: for
// claims that are read on every request. name is unquoted; value is the JSON text, without blanks around it. It ends with the first
// error of visit.
func EachMember(doc []byte, visit func(name, value string) error) error {
	if len(doc) > maxClaimsBytes {
		return ErrTooLarge
	}
	if err := checkObject(doc); err != nil {
		return err
	}
	w := walker{doc: doc}
	w.space()
	all := string(doc) // one copy, of which all that is given is a part
	var room [manyMembers]string
	seen := names{list: room[:0]}
	for w.at++; ; w.at++ { // past the brace, then past each comma
		w.space()
		if w.doc[w.at] == '}' {
			return nil
		}
		start := w.at
		w.text()
		name, ok := unquoted(all[start:w.at])
		if !ok || seen.repeats(name) {
			return fmt.Errorf("%w: repeated member name", ErrMalformed)
		}
		w.space()
		w.at++ // the colon
		w.space()
		start = w.at
		if !w.value() {
			return fmt.Errorf("%w: repeated member name", ErrMalformed)
		}
		if err := visit(name, strings.TrimRight(all[start:w.at], " \t\r\n")); err != nil {
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
func unquoted(quoted string) (string, bool) {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	var text string
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}

// names are those seen in one object.
type names struct {
	list []string
	more map[string]bool
}

func (n *names) repeats(name string) bool {
	if slices.Contains(n.list, name) {
		return true
	}
	if len(n.list) < manyMembers {
		n.list = append(n.list, name)
		return false
	}
	if n.more == nil {
		n.more = make(map[string]bool)
	}
	repeated := n.more[name]
	n.more[name] = true
	return repeated
}

// Text reads a JSON string as EachMember gives it. Anything else, null too, gives ErrMalformed.
func Text(value string) (string, error) {
	if len(value) < 2 || value[0] != '"' {
		return "", fmt.Errorf("%w: not a string", ErrMalformed)
	}
	text, ok := unquoted(value)
	if !ok {
		return "", fmt.Errorf("%w: not a string", ErrMalformed)
	}
	return text, nil
}

// Texts reads a JSON list of strings as EachMember gives it. Anything else, null too, gives ErrMalformed.
func Texts(value string) ([]string, error) {
	if len(value) < 2 || value[0] != '[' {
		return nil, fmt.Errorf("%w: not a list of strings", ErrMalformed)
	}
	rest := strings.TrimLeft(value[1:], " \t\r\n")
	texts := make([]string, 0, min(strings.Count(rest, ",")+1, 16))
	for rest[0] != ']' {
		if rest[0] != '"' {
			return nil, fmt.Errorf("%w: not a list of strings", ErrMalformed)
		}
		end := 1
		for ; rest[end] != '"'; end++ {
			if rest[end] == '\\' {
				end++
			}
		}
		text, ok := unquoted(rest[:end+1])
		if !ok {
			return nil, fmt.Errorf("%w: not a list of strings", ErrMalformed)
		}
		texts = append(texts, text)
		rest = strings.TrimLeft(rest[end+1:], " \t\r\n")
		if rest[0] == ',' {
			rest = strings.TrimLeft(rest[1:], " \t\r\n")
		}
	}
	return texts, nil
}
