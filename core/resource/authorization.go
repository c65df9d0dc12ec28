package resource

import (
	"net/http"
	"net/url"
	"strings"
)

// scheme is how a token was sent.
type scheme int

const (
	schemeBearer scheme = iota // RFC 6750 section 2.1
	schemeDPoP                 // RFC 9449 section 7.1
)

// maxToken is the longest token that is looked at.
const maxToken = 8 << 10

// readAuthorization finds the token of a request. It is taken from the Authorization header alone: never from the
// query, never from a body (requirement PR-08).
func readAuthorization(r *http.Request) (string, scheme, error) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", schemeBearer, noToken()
	}
	if len(values) > 1 {
		return "", schemeBearer, invalidRequest("There are several Authorization headers: send one.")
	}
	token, how, err := parseAuthorization(values[0])
	if err == nil && strings.Contains(r.URL.RawQuery, "access_token") && hasParameter(r.URL.RawQuery, "access_token") {
		return "", how, invalidRequest("There is an access token in the query too: send one, in the Authorization header.")
	}
	return token, how, err
}

func noToken() *Error {
	return &Error{kind: ErrNoToken, Description: "This needs an access token in the Authorization header."}
}

// hasParameter also finds it where the rest of the query cannot be read.
func hasParameter(raw, name string) bool {
	values, _ := url.ParseQuery(raw)
	return values.Has(name)
}

// parseAuthorization reads the header: a scheme, blanks, a token of the characters that RFC 6750 section 2.1 allows. Another scheme than ours is
// as good as none.
func parseAuthorization(value string) (string, scheme, error) {
	name, token, _ := strings.Cut(value, " ")
	how := schemeBearer
	switch {
	case strings.EqualFold(name, "Bearer"):
	case strings.EqualFold(name, "DPoP"):
		how = schemeDPoP
	case len(name) < len(value) || isToken(name):
		return "", how, noToken()
	default:
		return "", how, invalidRequest("The Authorization header cannot be understood: send Bearer, a blank and the token.")
	}
	token = strings.TrimLeft(token, " ")
	if len(token) > maxToken || !isToken68(token) {
		return "", how, invalidRequest("The Authorization header has no well-formed access token: send Bearer, a blank and the token.")
	}
	return token, how, nil
}

// isToken68 is the grammar of RFC 9110 section 11.2, which RFC 6750 calls b64token.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		c := body[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~+/", c) >= 0) {
			return false
		}
	}
	return body != ""
}

// isToken is the grammar of a scheme's name (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}
