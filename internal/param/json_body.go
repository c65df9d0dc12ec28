package param

import (
	"net/http"
	"unicode/utf8"
)

// ReadJSON reads the body of a request whose content type is application/json,
// whatever its method and whatever JSON it holds: no query, no content coding,
// valid UTF-8, at most limit bytes. Its errors are those of ParseForm.
func ReadJSON(r *http.Request, limit int) ([]byte, error) {
	switch {
	case r.URL != nil && r.URL.RawQuery != "":
		return nil, &Error{Reason: ErrQuery}
	case len(r.Header["Content-Encoding"]) > 0:
		return nil, &Error{Reason: ErrContentEncoding}
	case len(r.Header["Content-Type"]) != 1, !isType(r.Header["Content-Type"][0], jsonType):
		return nil, &Error{Reason: ErrMediaType}
	case r.ContentLength > int64(limit):
		return nil, &Error{Reason: ErrTooLarge}
	}
	body, err := read(r.Body, nil, limit)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, &Error{Reason: ErrUTF8}
	}
	return body, nil
}
