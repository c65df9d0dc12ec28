// Package jsonobject writes JSON objects member by member: as encoding/json does,
// byte for byte, but without looking at types while a request waits.
package jsonobject

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Presence says what becomes of a member that is empty.
type Presence bool

// What becomes of it: it is written, or left out as omitempty does.
const (
	Always      Presence = true
	UnlessEmpty Presence = false
)

// Object is an object as far as it is written. New begins one, and End is called
// once. Each member comes after those before it; who names one twice gets it twice.
type Object struct {
	out []byte
	err error // the first value that is no JSON
}

// New begins an object that is expected to take at most room bytes; it may take more.
func New(room int) *Object { return &Object{out: append(make([]byte, 0, room), '{')} }

// End ends the object. An error is that of encoding/json about a value of Other.
func (o *Object) End() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(o.out, '}'), nil
}

// member begins one, unless it is to be left out.
func (o *Object) member(name string, p Presence, empty bool) bool {
	if empty && p == UnlessEmpty {
		return false
	}
	if len(o.out) > 1 {
		o.out = append(o.out, ',')
	}
	o.text(name)
	o.out = append(o.out, ':')
	return true
}

// String writes a member that is a string.
func (o *Object) String(name string, p Presence, v string) {
	if o.member(name, p, v == "") {
		o.text(v)
	}
}

// Int writes a member that is a whole number.
func (o *Object) Int(name string, p Presence, v int64) {
	if o.member(name, p, v == 0) {
		o.out = strconv.AppendInt(o.out, v, 10)
	}
}

// Bool writes a member that is true or false.
func (o *Object) Bool(name string, p Presence, v bool) {
	if o.member(name, p, !v) {
		o.out = strconv.AppendBool(o.out, v)
	}
}

// Strings writes a member that is a list of strings; nil is null.
func (o *Object) Strings(name string, p Presence, v []string) {
	switch {
	case !o.member(name, p, len(v) == 0):
	case v == nil:
		o.out = append(o.out, "null"...)
	default:
		o.out = append(o.out, '[')
		for i, s := range v {
			if i > 0 {
				o.out = append(o.out, ',')
			}
			o.text(s)
		}
		o.out = append(o.out, ']')
	}
}

// Other writes a member of any other type, which encoding/json looks at.
func (o *Object) Other(name string, v any) {
	if o.member(name, Always, false) {
		o.other(v)
	}
}

// text leaves to encoding/json what has to be escaped.
func (o *Object) text(s string) {
	for i := range len(s) {
		if !plain[s[i]] {
			o.other(strings.Clone(s)) // so that others need not be on the heap
			return
		}
	}
	o.out = append(append(append(o.out, '"'), s...), '"')
}

// plain bytes stand for themselves in a string that encoding/json writes.
var plain = func() (is [256]bool) {
	for c := ' '; c <= '~'; c++ {
		is[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return is
}()

func (o *Object) other(v any) {
	b, err := json.Marshal(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.out = append(o.out, b...)
}

// Marshal writes a map as json.Marshal does, by the order of its names. nil is an
// object without members.
func Marshal(m map[string]any) ([]byte, error) {
	const perMember = 32
	o := New(2 + perMember*len(m))
	names := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(names)
	for _, name := range names {
		switch v := m[name].(type) {
		case string:
			o.String(name, Always, v)
		case bool:
			o.Bool(name, Always, v)
		case int64:
			o.Int(name, Always, v)
		default:
			o.Other(name, v)
		}
	}
	return o.End()
}
