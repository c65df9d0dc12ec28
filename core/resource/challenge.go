package resource

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Refuse answers a request that Check, CheckToken or Require did not let through, and logs why. Any other error is
// answered with 503 and no detail.
func (s *Resource) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = unavailable(err)
	}
	s.options.Logger.InfoContext(r.Context(), "request refused", "status", e.Status(), "reason", e.Error(), "method", r.Method, "path", r.URL.Path)
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	status := e.Status()
	switch {
	case status == http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(int(coolDown.Seconds())))
	case !e.Is(ErrForbiddenOrigin):
		header.Set("WWW-Authenticate", s.challenge(e))
	}
	if e.nonce != "" {
		header.Set("DPoP-Nonce", e.nonce)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(struct { // whoever has gone does not read it
			Code        string `json:"error,omitempty"`
			Description string `json:"error_description"`
		}{e.Code(), e.Description})
	}
}

// challenge is the WWW-Authenticate header: RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1, RFC 9470 section 3.
// There is one challenge, since clients of today do not tell several apart.
func (s *Resource) challenge(e *Error) string {
	c := challenge{}
	c.WriteString("Bearer")
	if e.dpop {
		c.Reset()
		c.WriteString("DPoP")
		c.add("algs", joinAlgorithms())
	}
	if code := e.Code(); code != "" {
		c.add("error", code)
		c.add("error_description", e.Description)
	}
	if len(e.acr) > 0 {
		c.add("acr_values", strings.Join(e.acr, " "))
	}
	if e.maxAge > 0 {
		c.add("max_age", strconv.FormatInt(e.maxAge, 10))
	}
	if len(e.scopes) > 0 {
		c.add("scope", strings.Join(e.scopes, " "))
	}
	c.add("resource_metadata", s.metadataURL)
	return c.String()
}

func joinAlgorithms() string {
	var names []string
	for _, a := range proofAlgorithms() {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

// challenge writes parameters of one challenge.
type challenge struct {
	strings.Builder
	some bool
}

// add writes a quoted string (RFC 9110 section 5.6.4). What must not stand in a header, and what would need an escape, is left out.
func (c *challenge) add(name, value string) {
	if c.some {
		c.WriteByte(',')
	}
	c.some = true
	c.WriteString(" " + name + `="`)
	for i := range len(value) {
		if b := value[i]; b >= 0x20 && b < 0x7f && b != '"' && b != '\\' {
			c.WriteByte(b)
		}
	}
	c.WriteByte('"')
}
