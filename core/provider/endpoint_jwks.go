package provider

import "net/http"

// jwks answers the JWK Set (RFC 7517) of every key that signs, will sign soon,
// or signed what may still live (DS-06).
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) error {
	body, tag, err := p.Keys.JWKS(r.Context())
	if err != nil {
		return err
	}
	p.respondDocument(w, r, body, tag)
	return nil
}
