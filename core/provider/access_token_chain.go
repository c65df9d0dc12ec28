package provider

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/keywright/keywright/core"
)

// maxLinks bounds how many tokens one may come from, and so what it costs to
// judge it.
const maxLinks = 8

// chain is what an access token knows of the exchanges it comes from. The grant
// behind it is the subject's; the links are judged beside it.
type chain struct {
	// links are the tokens and clients that it rests upon beside the grant: itself
	// first, then the actor's token, then those it was exchanged from.
	links []link
	// act are the subjects of the actors, the current one first (RFC 8693 section
	// 4.1).
	act []string
	// from are the resources of the tokens before, the latest first.
	from []string
}

// link is a client whose standing counts, and a serial by which a token of it is
// revoked.
type link struct {
	client string
	epoch  uint64 // the client's, when the token was issued
	serial [16]byte
}

// mark is what a revoked token is remembered by.
func (l *link) mark() core.Hash { return sha256.Sum256(l.serial[:]) }

func (c *chain) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.links)))
	for _, l := range c.links {
		b = appendText(b, l.client)
		b = binary.AppendUvarint(b, l.epoch)
		b = append(b, l.serial[:]...)
	}
	for _, list := range [...][]string{c.act, c.from} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, s := range list {
			b = appendText(b, s)
		}
	}
	return b
}

// chain reads what append wrote.
func (r *accessReader) chain() *chain {
	c := &chain{}
	n := r.number()
	if n == 0 || n > maxLinks {
		r.rest, r.fault = nil, true
		return c
	}
	for ; n > 0 && !r.fault; n-- {
		l := link{client: r.text(), epoch: r.number()}
		copy(l.serial[:], r.bytes(16))
		c.links = append(c.links, l)
	}
	c.act, c.from = r.texts(), r.texts()
	return c
}

func (r *accessReader) texts() []string {
	var out []string
	for n := r.number(); n > 0 && !r.fault; n-- {
		out = append(out, r.text())
	}
	return out
}

// adopt makes the token that of a chain: the client that exchanged is its client.
func (a *accessToken) adopt(c *chain) {
	a.chain, a.client, a.serial = c, c.links[0].client, c.links[0].serial
}

// holder is the client that the token was issued to; of a grant's own token, the
// grant's.
func (a *accessToken) holder(g *core.Grant) string {
	if a.chain != nil || a.grant.IsZero() {
		return a.client
	}
	return g.Client
}

// chainLabel seals the chain of a JWT into its jti, so that the API learns of it
// no more than act says.
const chainLabel = "access_token_chain"

// sealChain is the end of an exchanged JWT's jti.
func (p *Provider) sealChain(c *chain) (string, error) {
	sealed, err := p.Keys.Seal(chainLabel, c.append(nil))
	if err != nil {
		return "", err
	}
	return "-" + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openChain reads what sealChain wrote behind the three parts of a jti that
// every token of a grant has; nil where there is nothing more.
func (p *Provider) openChain(ctx context.Context, jti string) (*chain, error) {
	parts := strings.SplitN(jti, "-", 4)
	if len(parts) < 4 || parts[0] == "c" {
		return nil, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return nil, errNotAccessToken
	}
	content, err := p.Keys.Unseal(ctx, chainLabel, sealed)
	if err != nil {
		return nil, unless(err, errNotAccessToken)
	}
	r := accessReader{rest: content}
	c := r.chain()
	if r.fault || len(r.rest) > 0 {
		return nil, errNotAccessToken
	}
	return c, nil
}

// chainEnded says what, if anything, has ended an exchanged token beside its
// grant: a client on the way that was disabled or had its tokens ended, or a
// token on the way that was revoked. One read for each link; ordinary tokens have
// none.
func (p *Provider) chainEnded(ctx context.Context, a *accessToken) (core.Refusal, error) {
	if a.chain == nil {
		return "", nil
	}
	for i := range a.chain.links {
		if why, err := p.linkEnded(ctx, &a.chain.links[i]); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

func (p *Provider) linkEnded(ctx context.Context, l *link) (core.Refusal, error) {
	revoked, standing, err := p.Store.Marked(ctx, markRevoked, l.mark(), l.client)
	switch {
	case err != nil:
		return "", err
	case revoked:
		return core.RefusedRevoked, nil
	case standing.Disabled || standing.Epoch != l.epoch:
		return core.RefusedDisabled, nil
	}
	return "", nil
}

// actorClaim is the act claim (RFC 8693 section 4.1).
type actorClaim struct {
	Subject string      `json:"sub"`
	Actor   *actorClaim `json:"act,omitempty"`
}

// actorOf nests the actors of a token, the current one outermost; nil for none.
func actorOf(a *accessToken) *actorClaim {
	if a.chain == nil {
		return nil
	}
	var out *actorClaim
	for i := len(a.chain.act) - 1; i >= 0; i-- {
		out = &actorClaim{Subject: a.chain.act[i], Actor: out}
	}
	return out
}
