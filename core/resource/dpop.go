package resource

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

const (
	proofType = "dpop+jwt"
	// proofWindow is how old a proof may be, and how far ahead of this clock.
	proofWindow = 60 * time.Second
	maxProofID  = 256
)

// proofAlgorithms are all asymmetric (RFC 9449 section 4.3, step 5).
func proofAlgorithms() []jose.Algorithm {
	return []jose.Algorithm{jose.ES256, jose.EdDSA, jose.ES384, jose.ES512, jose.RS256, jose.PS256}
}

// proofClaims are those of a DPoP proof (RFC 9449 section 4.2).
type proofClaims struct {
	ID       string           `json:"jti"`
	Method   string           `json:"htm"`
	URL      string           `json:"htu"`
	IssuedAt jose.NumericDate `json:"iat"`
	Token    string           `json:"ath"`
	Nonce    string           `json:"nonce"`
}

// checkProof follows RFC 9449 section 4.3 for a token that is bound to the key with this thumbprint. It gives the nonce that
// the client should use from now on, if it is another.
func (s *Resource) checkProof(r *http.Request, token, thumbprint string) (string, error) {
	values := r.Header["Dpop"]
	if len(values) != 1 {
		return "", invalidProof(errors.New("not exactly one DPoP header"))
	}
	claims, key, err := readProof(values[0])
	if err != nil {
		return "", invalidProof(err)
	}
	if err := s.checkProofClaims(r, claims, token); err != nil {
		return "", invalidProof(err)
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(thumbprint)) != 1 {
		return "", invalidProof(errors.New("made with another key than the token is bound to"))
	}
	next, fits := s.nonces.check(claims.Nonce, s.options.Now())
	if !fits {
		return "", &Error{kind: ErrUseNonce, Description: "The DPoP proof needs the nonce of the DPoP-Nonce header.", dpop: true, nonce: next}
	}
	fresh, err := s.once(r.Context(), key, claims)
	switch {
	case err != nil:
		return "", unavailable(err)
	case !fresh:
		return "", invalidProof(errors.New("used before"))
	}
	return next, nil
}

// readProof verifies the proof by the key that it carries, and gives the key's thumbprint.
func readProof(proof string) (*proofClaims, string, error) {
	header, _, err := jose.Peek(proof)
	if err != nil {
		return nil, "", err
	}
	key, err := jose.ParseKey(header.JWK) // public, and fit for use
	if err != nil {
		return nil, "", err
	}
	key.ID, key.Algorithm = header.KeyID, "" // its own key, whatever it is called
	set, err := jose.NewKeySet(key)
	if err != nil {
		return nil, "", err
	}
	payload, _, err := jose.Verify(proof, set, proofAlgorithms(), proofType)
	if err != nil {
		return nil, "", err
	}
	var claims proofClaims
	if err := jose.StrictClaims(payload, &claims); err != nil {
		return nil, "", err
	}
	thumbprint, err := jose.KeyID(key.Public)
	return &claims, thumbprint, err
}

func (s *Resource) checkProofClaims(r *http.Request, c *proofClaims, token string) error {
	now, sum := s.options.Now(), sha256.Sum256([]byte(token))
	age := now.Sub(c.IssuedAt.Time())
	switch {
	case c.ID == "" || len(c.ID) > maxProofID:
		return errors.New("jti is missing or too long")
	case c.Method != r.Method:
		return errors.New("htm is another method")
	case !sameURL(c.URL, s.requestURL(r)):
		return errors.New("htu is another URL")
	case c.IssuedAt == 0 || age > proofWindow || age < -proofWindow:
		return errors.New("iat is not now")
	case subtle.ConstantTimeCompare([]byte(c.Token), []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) != 1:
		return errors.New("ath is of another token")
	}
	return nil
}

// once makes a proof good for one request. It is asked last, so that only holders of a good token can fill the memory.
func (s *Resource) once(ctx context.Context, thumbprint string, c *proofClaims) (bool, error) {
	key := sha256.Sum256([]byte(thumbprint + "." + c.ID)) // a thumbprint has no dot
	until := c.IssuedAt.Time().Add(proofWindow + time.Second)
	if s.options.Once != nil {
		return s.options.Once(ctx, key, until)
	}
	return s.proofs.once(key, s.options.Now(), until)
}

// requestURL is what the client called. A proxy may have changed the host; the path of the request line is what it sent on.
func (s *Resource) requestURL(r *http.Request) string {
	if s.options.RequestURL != nil {
		return s.options.RequestURL(r)
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath()
	}
	return s.origin() + path
}

// sameURL compares after the normalisation of RFC 3986 section 6.2, without query and fragment (RFC 9449 section 4.3, step 9).
func sameURL(a, b string) bool {
	first, okA := normalURL(a)
	second, okB := normalURL(b)
	return okA && okB && first == second
}

func normalURL(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		host = strings.TrimSuffix(strings.TrimSuffix(host, port), ":")
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + normalEscapes(path), true
}

// normalEscapes writes escapes in upper case, and what need not be escaped without (RFC 3986 sections 6.2.2.1 and 6.2.2.2).
func normalEscapes(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		escape := strings.ToUpper(path[i : i+3])
		i += 2
		if plain, err := url.PathUnescape(escape); err == nil && isUnreserved(plain[0]) {
			escape = plain
		}
		b.WriteString(escape)
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
