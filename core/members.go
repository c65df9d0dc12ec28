package core

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// memberwise terms name their members one by one, in the order of the struct's
// fields. That one list both writes and reads them: as encoding/json does, byte for
// byte, but without looking at types while a request waits. Who adds a field to the
// struct adds a line to the list, at the same place.
type memberwise interface {
	members(w *walk)
}

// presence says what becomes of a member that is empty.
type presence bool

const (
	always      presence = true
	unlessEmpty presence = false // omitempty, omitzero
)

// walk goes over members, which it writes to out or, where it reads, takes from in.
// What it would not have written itself is odd: encoding/json looks at it then.
type walk struct {
	out   []byte
	in    []byte
	text  string // in, once more, which strings that were read are parts of
	at    int    // how far in has been read
	reads bool
	odd   bool
}

// room is what most payloads fit in.
const room = 1 << 10

// marshalMembers is marshalPayload for what is written at most requests.
func marshalMembers(terms memberwise, rest map[string]json.RawMessage) ([]byte, error) {
	if len(rest) > 0 {
		return marshalPayload(terms, rest)
	}
	w := walk{out: append(make([]byte, 0, room), payloadHead...)}
	terms.members(&w)
	if w.odd {
		return marshalPayload(terms, rest)
	}
	if w.out = append(w.out, '}'); len(w.out) > MaxPayload {
		return nil, tooLong(w.out)
	}
	return w.out, nil
}

// unmarshalMembers is unmarshalPayload for what is read at most requests. Whatever
// stood in terms is gone.
func unmarshalMembers[T any, P interface {
	*T
	memberwise
}](b []byte, terms P) (map[string]json.RawMessage, error) {
	*terms = *new(T)
	if readMembers(b, terms) {
		return nil, nil
	}
	*terms = *new(T)
	return unmarshalPayload(b, terms)
}

// readMembers reads a payload that this release wrote; false is anything else.
func readMembers(b []byte, terms memberwise) bool {
	w := walk{in: b, text: string(b), reads: true}
	w.take(payloadHead)
	terms.members(&w)
	w.take("}")
	return !w.odd && w.at == len(b)
}

// member begins one and says whether it is there.
func (w *walk) member(name string, p presence, empty bool) bool {
	if w.reads {
		return !w.odd && w.reach(name)
	}
	if empty && p == unlessEmpty {
		return false
	}
	if w.out[len(w.out)-1] != '{' {
		w.out = append(w.out, ',')
	}
	w.out = append(append(append(w.out, '"'), name...), `":`...)
	return true
}

func (w *walk) string(name string, p presence, v *string) {
	if w.member(name, p, *v == "") {
		w.stringValue(v)
	}
}

func (w *walk) stringValue(v *string) {
	if w.reads {
		*v = w.takeString()
		return
	}
	w.appendString(*v)
}

// appendString leaves to encoding/json what has to be escaped.
func (w *walk) appendString(s string) {
	for i := range len(s) {
		if !plain(s[i]) {
			w.appendOther(s)
			return
		}
	}
	w.out = append(append(append(w.out, '"'), s...), '"')
}

// plain bytes stand for themselves in a string that encoding/json writes.
func plain(c byte) bool {
	return ' ' <= c && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
}

func (w *walk) strings(name string, p presence, v *[]string) {
	if w.member(name, p, len(*v) == 0) {
		list(w, v, (*walk).stringValue)
	}
}

func (w *walk) bool(name string, p presence, v *bool) {
	switch {
	case !w.member(name, p, !*v):
	case w.reads:
		if *v = w.next("true"); !*v {
			w.take("false")
		}
	default:
		w.out = strconv.AppendBool(w.out, *v)
	}
}

func (w *walk) uint(name string, p presence, v *uint64) {
	switch {
	case !w.member(name, p, *v == 0):
	case w.reads:
		*v = w.takeNumber()
	default:
		w.out = strconv.AppendUint(w.out, *v, 10)
	}
}

func (w *walk) int(name string, p presence, v *int) {
	switch {
	case !w.member(name, p, *v == 0):
	case w.reads:
		*v = int(w.takeNumber())
	default:
		w.out = strconv.AppendInt(w.out, int64(*v), 10)
	}
}

func (w *walk) time(name string, p presence, v *time.Time) {
	switch {
	case !w.member(name, p, v.IsZero()):
	case w.reads:
		w.check(v.UnmarshalText(w.quoted()))
	default:
		var err error
		w.out, err = v.AppendText(append(w.out, '"'))
		w.check(err)
		w.out = append(w.out, '"')
	}
}

func (w *walk) hash(name string, p presence, v *Hash) {
	switch {
	case !w.member(name, p, v.IsZero()):
	case w.reads:
		w.check(v.UnmarshalText(w.quoted()))
	case v.IsZero():
		w.out = append(w.out, `""`...)
	default:
		w.out = append(hex.AppendEncode(append(w.out, '"'), v[:]), '"')
	}
}

func (w *walk) id(name string, p presence, v *ID) {
	switch {
	case !w.member(name, p, v.IsZero()):
	case w.reads:
		w.check(v.UnmarshalText(w.quoted()))
	case v.IsZero():
		w.out = append(w.out, `""`...)
	default:
		w.appendString(v.String())
	}
}

// other members are rare, and left out when they are empty: encoding/json writes and
// reads each by itself.
func (w *walk) other(name string, empty bool, v any) {
	switch {
	case !w.member(name, unlessEmpty, empty):
	case w.reads:
		w.check(json.Unmarshal(w.value(), v))
	default:
		w.appendOther(v)
	}
}

func (w *walk) appendOther(v any) {
	b, err := json.Marshal(v)
	w.check(err)
	w.out = append(w.out, b...)
}

// object is a struct within one. Whether it is empty is for its owner to say.
func (w *walk) object(name string, p presence, empty bool, v memberwise) {
	if w.member(name, p, empty) {
		w.objectValue(v)
	}
}

func (w *walk) objectValue(v memberwise) {
	w.bracket("{")
	v.members(w)
	w.bracket("}")
}

// list is a slice whose items are written and read by each; nil is null.
func list[T any](w *walk, v *[]T, each func(*walk, *T)) {
	if w.reads {
		readList(w, v, each)
		return
	}
	if *v == nil {
		w.out = append(w.out, "null"...)
		return
	}
	w.bracket("[")
	for i := range *v {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		each(w, &(*v)[i])
	}
	w.bracket("]")
}

func (w *walk) bracket(b string) {
	if w.reads {
		w.take(b)
		return
	}
	w.out = append(w.out, b...)
}

func (w *walk) check(err error) { w.odd = w.odd || err != nil }

func tooLong(b []byte) error {
	return fmt.Errorf("core: payload of %d bytes, at most %d are kept", len(b), MaxPayload)
}
