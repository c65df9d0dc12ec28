//go:build unix

package torture

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// robot is a client without a person: it proves itself by a key, and its tokens have no grant.
const (
	robot         = "robot"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// robotKey is the same in every process.
func robotKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("the key of the robot under torture"))
	return ed25519.NewKeyFromSeed(seed[:])
}

// robotKeys is its public half, as the operator registers it.
func robotKeys() string {
	public := jose.JSONWebKey{Key: robotKey().Public(), KeyID: robot, Algorithm: string(jose.EdDSA), Use: "sig"}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	if err != nil {
		panic(err) // the key is our own
	}
	return string(set)
}

// asserted is a form with an assertion that is good once.
func (r *run) asserted(form url.Values) url.Values {
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", robot)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: robotKey()}, options)
	if err != nil {
		panic(err) // the key is our own
	}
	now := r.clock.Now()
	token, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: robot, Subject: robot, Audience: jwt.Audience{r.setting.Issuer}, ID: r.count.next(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(4 * time.Minute)),
	}).Serialize()
	if err != nil {
		panic(err) // the claims are our own
	}
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", token)
	return form
}

// job gets a token by an assertion that is sent several times at once, uses the token and revokes it.
func (c *caller) job() {
	r := c.run
	form := r.asserted(url.Values{"grant_type": {"client_credentials"}, "scope": {"jobs"}, "resource": {r.setting.Issuer}})
	answers := make([]answer, 1+c.random.IntN(3))
	together(len(answers), func(n int) { answers[n] = r.do(http.MethodPost, r.setting.Issuer+"/token", form, nil) })
	token, begun := "", history.Call{}
	good, unknown, lines := 0, 0, ""
	for i := range answers {
		a := &answers[i]
		lines += fmt.Sprintf("  %s %s %s\n", a.from, a.to, a.note(c.name))
		switch {
		case a.unknown():
			unknown++
		case a.status == http.StatusOK:
			good++
			token = textOf(a.body, "access_token")
			begun = history.Call{Kind: history.Begin, Outcome: history.Done, From: a.from, To: a.to, Note: a.note(c.name)}
		case a.status != http.StatusUnauthorized && a.status != http.StatusTooManyRequests:
			r.violated(history.Unexpected, "a job", lines)
		}
	}
	switch {
	case good > 1:
		r.violated(history.Replayed, "an assertion of "+robot, lines)
	case good+unknown == 0:
		r.violated(history.Unexpected, "an assertion of "+robot+" that is refused at once", lines)
	}
	if token != "" {
		c.useJob(token, begun)
	}
}

// useJob asks for a token without a grant until it is revoked, and once more.
func (c *caller) useJob(token string, begun history.Call) {
	r := c.run
	h := &sessionRecord{history: history.Register{ID: "token of " + robot + ", caller " + c.name, Calls: []history.Call{begun}}}
	ask := func(int) {
		a := r.post("/introspect", gateway, secretOf(gateway), url.Values{"token": {token}})
		if a.unknown() {
			return
		}
		call := history.Call{Kind: history.Use, Outcome: history.Refused, From: a.from, To: a.to, Note: a.note(c.name)}
		if textOf(a.body, "active") == "true" {
			call.Outcome = history.Done
		}
		h.add(call)
	}
	ask(0)
	together(2, func(n int) {
		if n == 0 {
			ask(0)
			return
		}
		for attempt := range maxAttempts {
			a := r.do(http.MethodPost, r.setting.Issuer+"/revoke", r.asserted(url.Values{"token": {token}}), nil)
			call := history.Call{Kind: history.End, Outcome: history.Done, From: a.from, To: a.to, Note: a.note(c.name)}
			if a.unknown() {
				call.Outcome = history.Unknown
			}
			if h.add(call); call.Outcome == history.Done {
				return
			}
			r.pause(attempt)
		}
	})
	ask(0)
	r.ledger.job(h)
}

// textOf is a member of a JSON object as text.
func textOf(body []byte, member string) string {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return ""
	}
	return fmt.Sprint(all[member])
}
