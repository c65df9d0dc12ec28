package param

import (
	"bytes"
	"unicode/utf8"
)

// ParseQuery reads the raw query of an address, without its question mark. Every
// error is an *Error. A semicolon is a character like any other. Names without
// "=" have an empty value, and nothing between two "&" is nothing.
func ParseQuery(raw string, l Limits) (Values, error) {
	l = l.orDefaults()
	if len(raw) > l.Bytes {
		return Values{}, &Error{Reason: ErrTooLarge}
	}
	if raw == "" {
		return Values{}, nil
	}
	return parse([]byte(raw), l)
}

// parse decodes form-urlencoded text in place, which never gets longer, then
// copies it once: all names and values share that one string.
func parse(b []byte, l Limits) (Values, error) {
	count := bytes.Count(b, []byte{'&'}) + 1
	if count > l.Count {
		return Values{}, &Error{Reason: ErrTooMany}
	}
	d := decoder{text: b}
	pairs := make([]pair, 0, count)
	spans := make([][2]int, 0, 16) // where each name and each value ends
	for d.read < len(b) {
		if b[d.read] == '&' {
			d.read++
			continue
		}
		start := d.written
		if !d.until('=') {
			return Values{}, &Error{Reason: ErrEncoding}
		}
		middle := d.written
		name := b[start:middle]
		if d.read < len(b) && b[d.read] == '=' {
			d.read++
			if !d.until(0) {
				return Values{}, wrong(ErrEncoding, name)
			}
		}
		if err := check(name, b[middle:d.written], l); err != nil {
			return Values{}, err
		}
		spans = append(spans, [2]int{middle, d.written})
	}
	all, start := string(b[:d.written]), 0
	for _, s := range spans {
		pairs = append(pairs, pair{all[start:s[0]], all[s[0]:s[1]]})
		start = s[1]
	}
	return Values{pairs}, nil
}

// decoder moves through text, writing what it decodes over what it has read.
type decoder struct {
	text          []byte
	read, written int
}

// until decodes up to stop, to "&" or to the end, without passing it; false
// for a percent sign without two digits. A stop of 0 is none: an encoded value
// may contain "=".
func (d *decoder) until(stop byte) bool {
	for ; d.read < len(d.text); d.read++ {
		c := d.text[d.read]
		switch {
		case c == '&' || c == stop && stop != 0:
			return true
		case c == '+':
			c = ' '
		case c == '%':
			if d.read+2 >= len(d.text) {
				return false
			}
			high, low := unhex(d.text[d.read+1]), unhex(d.text[d.read+2])
			if high|low > 15 {
				return false
			}
			c = high<<4 | low
			d.read += 2
		}
		d.text[d.written] = c
		d.written++
	}
	return true
}

// unhex is the value of a hexadecimal digit; 255 if it is none.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func check(name, value []byte, l Limits) error {
	switch {
	case len(name) > l.Name:
		return &Error{Reason: ErrNameTooLong}
	case len(value) > l.Value:
		return wrong(ErrValueTooLong, name)
	}
	if reason := checkText(name); reason != nil {
		return &Error{Reason: reason}
	}
	if reason := checkText(value); reason != nil {
		return wrong(reason, name)
	}
	return nil
}

// checkText refuses what is not UTF-8, C0 and C1 controls, DEL and the byte
// order mark. Plain ASCII, which nearly everything is, costs one comparison or
// two for each byte.
func checkText(b []byte) error {
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return ErrControl
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return ErrUTF8
		case r <= 0x9f || r == '\uFEFF':
			return ErrControl
		}
		i += size
	}
	return nil
}
