package resource

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
)

// Check judges a request: its token, what the token is bound to, and whether it is enough. Protect does it for a whole handler; this is
// for handlers that know only later what they need. The error is an *Error; give it to Refuse.
func (s *Resource) Check(r *http.Request, need Need) (*Token, error) {
	t, _, err := s.check(r, &need)
	return t, err
}

// check also gives a new DPoP nonce for the client, if there is one.
func (s *Resource) check(r *http.Request, need *Need) (*Token, string, error) {
	token, how, err := readAuthorization(r)
	if err != nil {
		return nil, "", s.ask(err, need, how)
	}
	t, err := s.CheckToken(r.Context(), token)
	if err != nil {
		return nil, "", s.ask(err, need, how)
	}
	nonce, err := s.checkBinding(r, t, token, how)
	if err != nil {
		return nil, "", s.ask(err, need, how)
	}
	if err := need.check(t, s.options.Now(), s.options.Skew); err != nil {
		return nil, nonce, s.ask(err, need, how)
	}
	return t, nonce, nil
}

// ask adds to a refusal what the client should ask for, and the scheme it came by.
func (s *Resource) ask(err error, need *Need, how scheme) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if len(e.scopes) == 0 {
		if e.scopes = need.Scopes; len(e.scopes) == 0 {
			e.scopes = s.options.Scopes
		}
	}
	e.dpop = e.dpop || how == schemeDPoP || s.options.RequireDPoP
	return e
}

// checkBinding proves every key that the token is bound to. A token that is bound in a way that is not known here cannot be proven.
func (s *Resource) checkBinding(r *http.Request, t *Token, token string, how scheme) (string, error) {
	bound := t.confirm
	switch {
	case bound.there && bound.unknown:
		return "", invalidToken(errors.New("bound in an unknown way"))
	case bound.thumbprint != "" && how != schemeDPoP: // RFC 9449 section 7.2: no downgrade
		e := invalidToken(errors.New("bound by DPoP, sent as Bearer"))
		e.dpop = true
		return "", e
	case bound.thumbprint == "" && how == schemeDPoP:
		return "", invalidToken(errors.New("not bound by DPoP, sent as such"))
	case bound.thumbprint == "" && s.options.RequireDPoP:
		return "", invalidToken(errors.New("not bound by DPoP"))
	}
	if bound.x5t != "" && !s.certified(r, bound.x5t) {
		return "", invalidToken(errors.New("bound to another client certificate"))
	}
	if bound.thumbprint == "" {
		return "", nil
	}
	return s.checkProof(r, token, bound.thumbprint)
}

// certified compares the certificate of the client with the one in the token (RFC 8705 section 3.1).
func (s *Resource) certified(r *http.Request, x5t string) bool {
	var certificate *x509.Certificate
	switch {
	case s.options.ClientCertificate != nil:
		certificate = s.options.ClientCertificate(r)
	case r.TLS != nil && len(r.TLS.PeerCertificates) > 0:
		certificate = r.TLS.PeerCertificates[0]
	}
	if certificate == nil {
		return false
	}
	sum := sha256.Sum256(certificate.Raw)
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(x5t)) == 1
}
