package core

import (
	"bytes"
	"encoding/json"
	"strings"
)

// reach begins the member of that name if it is next, as this release writes it.
func (w *walk) reach(name string) bool {
	at := w.at
	first := w.in[at-1] == '{'
	if (first || w.next(",")) && w.next(`"`) && w.next(name) && w.next(`":`) {
		return true
	}
	w.at = at
	return false
}

// next steps over s if that comes next.
func (w *walk) next(s string) bool {
	if !strings.HasPrefix(w.text[w.at:], s) {
		return false
	}
	w.at += len(s)
	return true
}

// take steps over s; nothing else may come next.
func (w *walk) take(s string) {
	if !w.next(s) {
		w.odd = true
	}
}

// takeString reads a string. One with escapes, or with more than ASCII, is left to
// encoding/json.
func (w *walk) takeString() string {
	began := w.at
	if !w.next(`"`) {
		w.odd = true
		return ""
	}
	for w.at < len(w.in) && plain(w.in[w.at]) {
		w.at++
	}
	if w.next(`"`) {
		return w.text[began+1 : w.at-1]
	}
	w.at = began
	return w.takeOther()
}

func (w *walk) takeOther() (s string) {
	w.check(json.Unmarshal(w.value(), &s))
	return s
}

// quoted is what stands between two quotation marks. Whoever reads it refuses
// escapes.
func (w *walk) quoted() []byte {
	if w.take(`"`); w.odd {
		return nil
	}
	n := bytes.IndexByte(w.in[w.at:], '"')
	if n < 0 {
		w.odd = true
		return nil
	}
	w.at += n + 1
	return w.in[w.at-1-n : w.at-1]
}

// takeNumber reads digits without a sign, as far as no overflow is near.
func (w *walk) takeNumber() (n uint64) {
	began := w.at
	for w.at < len(w.in) && '0' <= w.in[w.at] && w.in[w.at] <= '9' {
		n = n*10 + uint64(w.in[w.at]-'0')
		w.at++
	}
	digits := w.at - began
	if digits == 0 || digits > 18 || (w.in[began] == '0' && digits > 1) {
		w.odd = true
	}
	return n
}

// readList reads items until the bracket that ends them.
func readList[T any](w *walk, v *[]T, each func(*walk, *T)) {
	if w.next("null") {
		*v = nil
		return
	}
	*v = make([]T, 0, 4)
	w.take("[")
	for first := true; !w.odd && !w.next("]"); first = false {
		if !first {
			w.take(",")
		}
		*v = append(*v, *new(T))
		each(w, &(*v)[len(*v)-1])
	}
}

// value is the bytes of whatever JSON value comes next. Whether they are one is for
// encoding/json to say.
func (w *walk) value() []byte {
	began, depth, quoted := w.at, 0, false
	for ; w.at < len(w.in); w.at++ {
		switch c := w.in[w.at]; {
		case quoted && c == '\\':
			w.at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && (c == ',' || c == '}' || c == ']'):
			return w.in[began:w.at]
		}
	}
	w.at, w.odd = began, true
	return nil
}
