package provider

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
)

// The form of an opaque access token, inside its seal: a byte for the form, one
// of flags, then what the flags say is there. Texts are led by their length.
const (
	accessForm = 1

	accessHasGrant  = 1 << 0
	accessHasScopes = 1 << 1
	accessHasChain  = 1 << 2 // of a grant, from an exchange
)

var errNotAccessToken = errors.New("not an access token of this issuer")

// append writes the token's content, some 40 bytes for a grant's token at the
// issuer.
func (a *accessToken) append(b []byte) []byte {
	flags := byte(0)
	if !a.grant.IsZero() {
		flags |= accessHasGrant
	}
	if a.narrowed {
		flags |= accessHasScopes
	}
	if a.chain != nil {
		flags |= accessHasChain
	}
	b = append(b, accessForm, flags)
	if flags&accessHasGrant != 0 {
		b = append(b, a.grant[:]...)
	} else {
		b = append(b, a.serial[:]...)
		b = appendText(b, a.client)
	}
	b = binary.AppendUvarint(b, a.epoch)
	b = binary.AppendUvarint(b, uint64(a.issued))
	b = binary.AppendUvarint(b, uint64(a.expires-a.issued))
	b = appendText(b, a.resource)
	if a.narrowed {
		b = binary.AppendUvarint(b, uint64(len(a.scopes)))
		for _, s := range a.scopes {
			b = appendText(b, s)
		}
	}
	if a.chain != nil {
		b = a.chain.append(b)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// accessReader reads content; after the first fault everything reads as nothing.
type accessReader struct {
	rest  []byte
	fault bool
}

func (r *accessReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.fault = nil, true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *accessReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.rest, r.fault = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *accessReader) text() string { return string(r.bytes(r.number())) }

// parseAccessToken reads what append wrote and nothing else.
func parseAccessToken(content []byte) (accessToken, error) {
	r := accessReader{rest: content}
	head := r.bytes(2)
	if len(head) != 2 || head[0] != accessForm || head[1] > accessHasGrant|accessHasScopes|accessHasChain {
		return accessToken{}, errNotAccessToken
	}
	var a accessToken
	if head[1]&accessHasGrant != 0 {
		copy(a.grant[:], r.bytes(16))
	} else {
		copy(a.serial[:], r.bytes(16))
		a.client = r.text()
	}
	a.epoch = r.number()
	a.issued = int64(r.number())
	a.expires = a.issued + int64(r.number())
	a.resource = r.text()
	if a.narrowed = head[1]&accessHasScopes != 0; a.narrowed {
		for n := r.number(); n > 0 && !r.fault; n-- {
			a.scopes = append(a.scopes, r.text())
		}
	}
	if head[1]&accessHasChain != 0 {
		c := r.chain()
		if r.fault || a.grant.IsZero() || !a.narrowed {
			return accessToken{}, errNotAccessToken
		}
		a.adopt(c)
	}
	if r.fault || len(r.rest) > 0 || a.grant.IsZero() == (head[1]&accessHasGrant != 0) {
		return accessToken{}, errNotAccessToken
	}
	return a, nil
}

// readAccessToken reads an access token that this issuer made, opaque or JWT,
// without a store call, unless it names a key that is not known. It says nothing of
// whether it still counts, except that its time is not over. An ID token, a code or
// anything else is none (JWT06). It is core.ErrUnavailable where that cannot be told
// for want of keys.
func (p *Provider) readAccessToken(ctx context.Context, token string, at time.Time) (accessToken, error) {
	var a accessToken
	if _, ours := handle.Shaped(token); ours {
		content, err := p.Keys.OpenSealed(ctx, handle.Access, token)
		if err != nil {
			return a, unless(err, errNotAccessToken)
		}
		if a, err = parseAccessToken(content); err != nil {
			return a, err
		}
	} else {
		var err error
		if a, err = p.readSignedAccessToken(ctx, token); err != nil {
			return a, err
		}
	}
	if at.Unix() >= a.expires {
		return a, errors.New("access token has expired")
	}
	return a, nil
}

func (p *Provider) readSignedAccessToken(ctx context.Context, token string) (accessToken, error) {
	var a accessToken
	payload, _, err := p.Keys.Verify(ctx, token, typeAccessToken)
	if err != nil {
		return a, errors.Join(errNotAccessToken, err)
	}
	var claims accessClaims
	if err := jose.StrictClaims(payload, &claims); err != nil {
		return a, err
	}
	if claims.Issuer != p.Issuer || len(claims.Audience) != 1 || !a.parseJTI(claims.ID) {
		return a, errNotAccessToken
	}
	a.client, a.issued, a.expires = claims.ClientID, claims.IssuedAt, claims.Expires
	if a.resource = claims.Audience[0]; a.resource == p.Issuer {
		a.resource = ""
	}
	links, err := p.openChain(ctx, claims.ID)
	switch {
	case err != nil:
		return accessToken{}, err
	case links != nil && links.links[0].client != claims.ClientID:
		return accessToken{}, errNotAccessToken
	case links != nil:
		a.adopt(links)
	}
	if claims.MayAct != nil {
		a.mayAct = claims.MayAct.Subject
	}
	a.narrowed = true
	if claims.Scope != "" {
		a.scopes = strings.Split(claims.Scope, " ")
	}
	return a, nil
}

// scopesOf lists what the token allows at its resource: its own scopes where it
// carries them, and never more than the grant holds; those of an exchange are
// the rule's, at a resource that the grant need not know.
func (a *accessToken) scopesOf(g *core.Grant) []string {
	if a.chain != nil {
		return a.scopes
	}
	held := core.ScopesAt(g.Access, a.resource)
	if !a.narrowed {
		return held
	}
	return common(a.scopes, held)
}
