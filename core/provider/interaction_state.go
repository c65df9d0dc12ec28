package provider

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// A state names the interaction that a browser is to come back to: its id, 16
// random bytes and a proof of 16. It is 64 characters, since SAML allows a
// RelayState 80 bytes. It has no authority: the browser's cookie and what the
// authenticator noted decide.
const (
	stateLabel = "state"
	stateSize  = 48
)

var stateEncoding = base64.RawURLEncoding.Strict()

// newState mints a state of the interaction.
func (p *Provider) newState(interaction core.ID) string {
	random := handle.NewRandom()
	b := append(make([]byte, 0, stateSize), interaction[:]...)
	b = append(b, random[:]...)
	sum := p.Keys.Ring().Derive(stateLabel, b)
	return stateEncoding.EncodeToString(append(b, sum[:16]...))
}

// openState reads the interaction's id; false for what was not minted here. The
// error is that of keys.Proves.
func (p *Provider) openState(ctx context.Context, state string) (core.ID, bool, error) {
	if len(state) != stateEncoding.EncodedLen(stateSize) {
		return core.ID{}, false, nil
	}
	b, err := stateEncoding.DecodeString(state)
	if err != nil {
		return core.ID{}, false, nil
	}
	ok, err := p.Keys.Proves(ctx, func(ring *handle.Ring) bool {
		return slices.ContainsFunc(ring.DeriveAll(stateLabel, b[:32]), func(sum [32]byte) bool {
			return subtle.ConstantTimeCompare(sum[:16], b[32:]) == 1
		})
	})
	return core.ID(b[:16]), ok, err
}
