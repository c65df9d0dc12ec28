package param

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

const formType = "application/x-www-form-urlencoded"

// ParseForm reads the body of a POST request (OAuth 2.1, section 3.2). It
// accepts one content type, application/x-www-form-urlencoded with an optional
// charset of utf-8, no content coding, and no query in the address, and reads at
// most Limits.Bytes and one more. Every error is an *Error: ErrTooLarge asks for
// status 413, ErrMediaType and ErrContentEncoding for 415 where an endpoint may
// answer so. It never touches r.Form.
func ParseForm(r *http.Request, l Limits) (Values, error) {
	l = l.orDefaults()
	if err := checkPosted(r, l, formType); err != nil {
		return Values{}, err
	}
	buffer := buffers.Get().(*[]byte)
	body, err := read(r.Body, (*buffer)[:0], l.Bytes)
	defer func() {
		clear(body) // it held secrets
		*buffer = body
		if cap(body) <= maxKept {
			buffers.Put(buffer)
		}
	}()
	if err != nil {
		return Values{}, err
	}
	if len(body) == 0 {
		return Values{}, nil
	}
	return parse(body, l)
}

// checkPosted checks all that the head of a request tells.
func checkPosted(r *http.Request, l Limits, mediaType string) error {
	switch {
	case r.Method != http.MethodPost:
		return &Error{Reason: ErrMethod}
	case r.URL != nil && r.URL.RawQuery != "" && !l.QueryIgnored:
		return &Error{Reason: ErrQuery} // OAuth 2.1, section 2.4.1
	case len(r.Header["Content-Encoding"]) > 0:
		return &Error{Reason: ErrContentEncoding}
	case len(r.Header["Content-Type"]) != 1, !isType(r.Header["Content-Type"][0], mediaType):
		return &Error{Reason: ErrMediaType}
	case r.ContentLength > int64(l.Bytes):
		return &Error{Reason: ErrTooLarge}
	}
	return nil
}

// isType says whether a content type is the one wanted, in UTF-8.
func isType(stated, wanted string) bool {
	if stated == wanted {
		return true
	}
	if len(stated) > 128 {
		return false
	}
	name, parameters, err := mime.ParseMediaType(stated)
	if err != nil || name != wanted {
		return false
	}
	charset, ok := parameters["charset"]
	return len(parameters) == 0 || ok && len(parameters) == 1 && strings.EqualFold(charset, "utf-8")
}

const (
	firstRoom = 4 << 10  // enough for nearly every token request
	maxKept   = 64 << 10 // a larger buffer is left to the collector
)

// buffers keeps the memory that bodies are read into; what it keeps is zero.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, firstRoom); return &b }}

// read appends the body to b, up to limit.
func read(body io.Reader, b []byte, limit int) ([]byte, error) {
	if body == nil {
		return b, nil
	}
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := body.Read(b[len(b):min(cap(b), limit+1)])
		b = b[:len(b)+n]
		if len(b) > limit {
			return b, &Error{Reason: ErrTooLarge}
		}
		if err == io.EOF { // the bare one alone: a wrapped one is a body cut short
			return b, nil
		}
		if err != nil {
			return b, bodyError(err)
		}
	}
}

// bodyError tells a server's own limit from a connection that broke.
func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Reason: ErrTooLarge, Cause: err}
	}
	return &Error{Reason: ErrBody, Cause: err}
}
