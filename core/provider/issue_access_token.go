package provider

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
)

// accessToken is what an access token says, whichever form it has.
type accessToken struct {
	// grant that it belongs to; zero for client_credentials.
	grant core.ID
	// client that it was issued to; empty in an opaque token of a grant, which
	// knows its client.
	client string
	// epoch is the grant's access epoch, or without a grant the client's epoch.
	epoch uint64
	// serial tells tokens without a grant apart; they are revoked by it.
	serial   [16]byte
	issued   int64
	expires  int64
	resource string // empty for the issuer
	// scopes where they are not all that the grant holds at the resource.
	scopes   []string
	narrowed bool
	// chain is set for what comes from an exchange.
	chain *chain
	// mayAct is who alone may act by it (RFC 8693 section 4.4); empty: not said.
	mayAct string
}

// issueAccessToken makes an access token for the target. It writes nothing: a
// token is judged by its grant when it is used. g is the grant as it will
// stand; nil for client_credentials.
func (p *Provider) issueAccessToken(ctx context.Context, g *core.Grant, c *core.Client, t *target, at time.Time) (string, int64, error) {
	a := accessToken{
		issued: at.Unix(), resource: t.resource.URI, scopes: t.scopes, client: c.ID,
	}
	end := at.Add(p.accessLifetime(c, &t.resource))
	if g == nil {
		a.epoch, a.serial, a.narrowed = c.Epoch, handle.NewRandom(), true
	} else {
		a.grant, a.epoch = g.ID, g.AccessEpoch
		// Compared with the grant, not with what is left of it for the client: an
		// opaque token without scopes has all that the grant holds (STA05).
		a.narrowed = !slices.Equal(t.scopes, core.ScopesAt(g.Access, t.resource.URI))
		if lasts(g, c, &t.resource) {
			end = at.Add(core.MaxLongLived)
		}
		if g.Ends.Before(end) {
			end = g.Ends
		}
	}
	a.expires = end.Unix()
	token, err := p.formAccessToken(ctx, g, &a, t)
	return token, a.expires - a.issued, err
}

func (p *Provider) formAccessToken(ctx context.Context, g *core.Grant, a *accessToken, t *target) (string, error) {
	if t.resource.Format == core.JWT {
		token, err := p.signAccessToken(ctx, g, a, t)
		if err == nil && len(token) > jose.MaxToken { // nobody would look at it (JWT12)
			return "", tooLong(a, jose.ErrTooLarge)
		}
		return token, err
	}
	var room [256]byte
	token, err := p.Keys.Ring().Seal(handle.Access, a.append(room[:0]))
	if errors.Is(err, handle.ErrTooLong) {
		return "", tooLong(a, err)
	}
	return token, err
}

// tooLong refuses what would make a token that nobody takes: too many scopes or,
// after exchanges, too many long names of clients and resources.
func tooLong(a *accessToken, cause error) error {
	if a.chain != nil {
		return core.Refuse(core.InvalidRequest, "the exchanges behind the subject_token do not fit one access token").Because(cause)
	}
	return core.Refuse(core.InvalidScope, "the scopes do not fit one access token: ask for fewer").Because(cause)
}

// accessLifetime is the client's or the resource's, the shorter where both say
// one, or else the provider's; never more than an hour (TK-11).
func (p *Provider) accessLifetime(c *core.Client, r *core.Resource) time.Duration {
	l := c.Lifetimes.AccessToken
	if l == 0 || r.Lifetime > 0 && r.Lifetime < l {
		l = r.Lifetime
	}
	if l == 0 {
		l = p.Lifetimes.AccessToken
	}
	return min(l, core.MaxShortLived)
}

// accessClaims are the claims of a JWT access token (RFC 9068 section 2.2). No
// personal data is in it (AT-03).
type accessClaims struct {
	Issuer   string        `json:"iss"`
	Subject  string        `json:"sub"`
	Audience jose.Audience `json:"aud"`
	Expires  int64         `json:"exp"`
	IssuedAt int64         `json:"iat"`
	ID       string        `json:"jti"`
	ClientID string        `json:"client_id"`
	Scope    string        `json:"scope,omitempty"`
	AuthTime int64         `json:"auth_time,omitempty"`
	ACR      string        `json:"acr,omitempty"`
	AMR      []string      `json:"amr,omitempty"`
	Actor    *actorClaim   `json:"act,omitempty"`
	MayAct   *actorClaim   `json:"may_act,omitempty"`
}

const typeAccessToken = "at+jwt"

func (p *Provider) signAccessToken(ctx context.Context, g *core.Grant, a *accessToken, t *target) (string, error) {
	algorithm := t.resource.Algorithm
	if algorithm == "" {
		algorithm = string(jose.ES256)
	}
	signer, err := p.Keys.Signer(ctx, algorithm)
	if err != nil {
		return "", err
	}
	claims := accessClaims{
		Issuer: p.Issuer, Subject: a.client, Audience: jose.Audience{t.resource.URI}, Expires: a.expires,
		IssuedAt: a.issued, ID: a.jti(), ClientID: a.client, Scope: strings.Join(t.scopes, " "), Actor: actorOf(a),
	}
	if a.chain != nil {
		sealed, err := p.sealChain(a.chain)
		if err != nil {
			return "", err
		}
		claims.ID += sealed
	}
	if g != nil {
		claims.Subject = core.Subject(g.Account)
		claims.ACR, claims.AMR = g.ACR, g.AMR
		if !g.AuthTime.IsZero() {
			claims.AuthTime = g.AuthTime.Unix()
		}
	}
	payload, err := claims.marshal()
	if err != nil {
		return "", err
	}
	return signer.Sign(typeAccessToken, payload)
}

// jti names the token: its grant, the grant's access epoch and 8 random bytes;
// or without a grant "c", the client's epoch and the token's serial. So a JWT
// is judged like an opaque token.
func (a *accessToken) jti() string {
	var room [80]byte
	b := room[:0]
	if a.grant.IsZero() {
		b = append(b, 'c', '-')
		b = strconv.AppendUint(b, a.epoch, 10)
		b = append(b, '-')
		return string(hex.AppendEncode(b, a.serial[:]))
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	b = hex.AppendEncode(b, a.grant[:])
	b = append(b, '-')
	b = strconv.AppendUint(b, a.epoch, 10)
	b = append(b, '-')
	return string(hex.AppendEncode(b, random[:]))
}

// parseJTI reads what jti wrote into a.
func (a *accessToken) parseJTI(jti string) bool {
	head, rest, _ := strings.Cut(jti, "-")
	epoch, tail, found := strings.Cut(rest, "-")
	var err error
	if a.epoch, err = strconv.ParseUint(epoch, 10, 64); err != nil || !found {
		return false
	}
	if head == "c" {
		n, err := hex.Decode(a.serial[:], []byte(tail[:min(len(tail), 32)]))
		return err == nil && n == len(a.serial) && len(tail) == 32
	}
	if len(head) != 32 {
		return false
	}
	_, err = hex.Decode(a.grant[:], []byte(head))
	return err == nil && !a.grant.IsZero()
}
