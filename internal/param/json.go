package param

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

const jsonType = "application/json"

// ErrJSON means a body that is not one JSON object of strings.
var ErrJSON = errors.New("the body is not one JSON object whose members are strings")

// ParsePosted is ParseForm, or ParseJSON where the content type is
// application/json: for pages that people or scripts of theirs post to.
func ParsePosted(r *http.Request, l Limits) (Values, error) {
	if types := r.Header["Content-Type"]; len(types) == 1 && isType(types[0], jsonType) {
		return ParseJSON(r, l)
	}
	return ParseForm(r, l)
}

// ParseJSON reads the body of a POST request that is one JSON object whose
// members are strings, within the same limits and under the same rules as a form:
// {"identifier": "ada@example.com"}. A member named twice is a parameter sent
// twice. Anything else than strings, nesting and text after the object are
// ErrJSON.
func ParseJSON(r *http.Request, l Limits) (Values, error) {
	l = l.orDefaults()
	if err := checkPosted(r, l, jsonType); err != nil {
		return Values{}, err
	}
	body, err := read(r.Body, nil, l.Bytes)
	defer clear(body) // it held secrets
	if err != nil {
		return Values{}, err
	}
	if !utf8.Valid(body) {
		return Values{}, &Error{Reason: ErrUTF8}
	}
	return parseObject(json.NewDecoder(bytes.NewReader(body)), l)
}

// parseObject reads token by token, so that nothing nested is ever gone into.
func parseObject(d *json.Decoder, l Limits) (Values, error) {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return Values{}, &Error{Reason: ErrJSON}
	}
	var v Values
	for d.More() {
		name, ok := text(d)
		if !ok {
			return Values{}, &Error{Reason: ErrJSON}
		}
		value, ok := text(d)
		if !ok {
			return Values{}, &Error{Reason: ErrJSON, Name: known([]byte(name))}
		}
		switch {
		case len(v.pairs) == l.Count:
			return Values{}, &Error{Reason: ErrTooMany}
		case strings.ContainsRune(name+value, utf8.RuneError):
			return Values{}, &Error{Reason: ErrUTF8} // what half a surrogate is read as
		}
		if err := check([]byte(name), []byte(value), l); err != nil {
			return Values{}, err
		}
		v.pairs = append(v.pairs, pair{name, value})
	}
	if shut, err := d.Token(); err != nil || shut != json.Delim('}') {
		return Values{}, &Error{Reason: ErrJSON}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Values{}, &Error{Reason: ErrJSON}
	}
	return v, nil
}

func text(d *json.Decoder) (string, bool) {
	t, err := d.Token()
	s, ok := t.(string)
	return s, ok && err == nil
}
