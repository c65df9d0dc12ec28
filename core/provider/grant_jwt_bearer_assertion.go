package provider

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// trustedIssuers are those of the Config, by iss. An issuer that serves several
// tenants is there once for each.
type trustedIssuers map[string][]*core.TrustedIssuer

func newTrustedIssuers(all []core.TrustedIssuer) trustedIssuers {
	by := trustedIssuers{}
	for i := range all {
		by[all[i].Issuer] = append(by[all[i].Issuer], &all[i])
	}
	return by
}

// people says whether any is trusted for people.
func (t trustedIssuers) people() bool {
	for _, all := range t {
		if slices.ContainsFunc(all, func(i *core.TrustedIssuer) bool { return i.People != nil }) {
			return true
		}
	}
	return false
}

// assertedClaims are those of every assertion (RFC 7523 section 3). What else
// there is depends on what it is about.
type assertedClaims struct {
	Issuer   string        `json:"iss"`
	Subject  string        `json:"sub"`
	Audience jose.Audience `json:"aud"`
	ID       string        `json:"jti"`
	// Confirmation binds it to a key (RFC 7800 section 3.1).
	Confirmation json.RawMessage `json:"cnf"`
	jose.Times
}

// assertion is one whose signature, times and audience are good.
type assertion struct {
	assertedClaims
	by      *core.TrustedIssuer
	idJAG   bool
	payload []byte
}

var (
	errNotTrusted     = errors.New("assertion: its issuer is not trusted, or not for this tenant")
	errAssertionGone  = errors.New("assertion: its keys cannot be had")
	errAssertionProof = errors.New("assertion: is bound to a key, and nothing here takes a proof")
)

// assertedBy finds the issuer that an assertion says it is from. Until the
// signature is verified that is only a name to look up.
func (p *Provider) assertedBy(token string) (*core.TrustedIssuer, error) {
	var said struct {
		Issuer string `json:"iss"`
	}
	var tenant struct {
		Tenant string `json:"tenant"`
	}
	_, payload, err := jose.Peek(token)
	if err == nil {
		err = jose.StrictClaims(payload, &said)
	}
	if err != nil {
		return nil, badAssertion("the assertion is no signed JWT", err)
	}
	for _, i := range p.trusted[said.Issuer] {
		if len(i.Workloads) > 0 || jose.StrictClaims(payload, &tenant) == nil && i.Tenant == tenant.Tenant {
			return i, nil
		}
	}
	return nil, badAssertion("the issuer of the assertion is not trusted here", errNotTrusted)
}

// readGrantAssertion verifies an assertion: typ, algorithm, signature, audience
// and times, in that order (JG-01, EM-01).
func (p *Provider) readGrantAssertion(ctx context.Context, token string, at time.Time) (*assertion, error) {
	by, err := p.assertedBy(token)
	if err != nil {
		return nil, err
	}
	payload, head, err := p.verifyByIssuer(ctx, by, token, at)
	if errors.Is(err, core.ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		return nil, badAssertion("the assertion is not of a type, an algorithm or a key that is trusted for its issuer", err)
	}
	a := &assertion{by: by, payload: payload, idJAG: isIDJAG(head.Type)}
	if err := jose.StrictClaims(payload, &a.assertedClaims); err != nil {
		return nil, badAssertion("a claim of the assertion is malformed", err)
	}
	return a, a.check(p, at)
}

// check judges the claims that every assertion has.
func (a *assertion) check(p *Provider, at time.Time) error {
	life := a.Expires.Time().Sub(a.IssuedAt.Time())
	switch {
	case a.Issuer != a.by.Issuer || a.Subject == "":
		return badAssertion("the assertion names nobody", errAssertionClaims)
	case strings.ContainsRune(a.Subject+a.ID, utf8.RuneError):
		// What decoders put in place of half a surrogate pair: two names would be one (IDN06).
		return badAssertion("sub or jti of the assertion is no text", errAssertionClaims)
	case len(a.Audience) != 1 || !a.isFor(p, a.Audience[0]):
		return badAssertion("the audience of the assertion has to be this issuer, and nobody else", errAssertionClaims)
	case a.Expires == 0 || a.IssuedAt == 0:
		return badAssertion("the assertion lacks exp or iat", errAssertionClaims)
	case life <= 0 || life > a.by.Lives()+core.MaxClockSkew:
		return badAssertion("the assertion is good for longer than is accepted here", errAssertionLong)
	case len(a.Confirmation) > 0: // EM-08
		return badAssertion("the assertion is bound to a key, which is not supported here", errAssertionProof)
	}
	if err := a.Check(at, core.MaxClockSkew); err != nil {
		return badAssertion("the assertion has expired, or is not good yet", err)
	}
	return nil
}

// isFor says whether aud means this provider: for an ID-JAG its issuer alone, for
// others also the token endpoint and what the operator names (D6).
func (a *assertion) isFor(p *Provider, aud string) bool {
	return aud == p.Issuer || !a.idJAG && (aud == p.url("/token") || slices.Contains(a.by.Audiences, aud))
}

func isIDJAG(typ string) bool {
	typ = strings.ToLower(typ)
	return strings.TrimPrefix(typ, "application/") == core.TypeIDJAG
}

// assertionTypes are the typ headers that an issuer may use.
func assertionTypes(i *core.TrustedIssuer) []string {
	switch {
	case i.People == nil:
		return []string{"", "JWT"}
	case i.People.Plain:
		return []string{core.TypeIDJAG, "", "JWT"}
	}
	return []string{core.TypeIDJAG}
}

func assertionAlgorithmsOf(i *core.TrustedIssuer) []jose.Algorithm {
	if len(i.Algorithms) == 0 {
		return assertionSignatures()
	}
	out := make([]jose.Algorithm, 0, len(i.Algorithms))
	for _, a := range i.Algorithms {
		out = append(out, jose.Algorithm(a))
	}
	return out
}

// verifyByIssuer checks the signature with the issuer's keys. Nothing is fetched
// for what no key could make good. A kid that is not there, and a signature that
// is wrong, are looked at once more with keys that are asked for anew, as far as
// the cooldown allows: issuers rotate, some under the same kid (LNK18). Where the
// keys could not be had, nobody knows whether it is good.
func (p *Provider) verifyByIssuer(ctx context.Context, i *core.TrustedIssuer, token string, at time.Time) ([]byte, jose.Header, error) {
	allowed, types := assertionAlgorithmsOf(i), assertionTypes(i)
	payload, head, err := jose.Verify(token, jose.KeySet{}, allowed, types...)
	if !errors.Is(err, jose.ErrUnknownKey) {
		return nil, head, err
	}
	source := keySource{owner: i.Issuer + "\x00" + i.Tenant, value: i.Keys, uri: i.KeysURI}
	for _, again := range [...]bool{false, true} {
		set, sure, findErr := p.issuerKeys.find(ctx, p.Tools.HTTP, source, at, again)
		if findErr != nil {
			return nil, head, findErr
		}
		payload, head, err = jose.Verify(token, set, allowed, types...)
		unknown := errors.Is(err, jose.ErrUnknownKey)
		if again && unknown && !sure {
			return nil, head, core.Unavailable(errAssertionGone)
		}
		if !unknown && !errors.Is(err, jose.ErrSignature) || i.KeysURI == "" {
			break
		}
	}
	return payload, head, err
}
