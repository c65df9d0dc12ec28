//go:build unix

package torture

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
)

// request is an authorization request, with what its client remembers until the answer comes.
type request struct{ address, state, nonce, verifier string }

func (r *run) newRequest(a *app, prompt string) request {
	q := request{state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text()}
	sum := sha256.Sum256([]byte(q.verifier))
	values := url.Values{
		"client_id": {a.id}, "redirect_uri": {a.redirect}, "response_type": {"code"}, "scope": {a.scope},
		"state": {q.state}, "nonce": {q.nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	if prompt != "" {
		values.Set("prompt", prompt)
	}
	if a.resource != "" {
		values.Set("resource", a.resource)
	}
	q.address = r.setting.Issuer + "/authorize?" + values.Encode()
	return q
}
