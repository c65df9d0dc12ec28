package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/seal"
)

// MinSecret is the fewest bytes a secret of the configuration may have.
const MinSecret = 32

// secret is one of Config.Secrets: it seals the rows of the key store.
type secret struct {
	name string // a short hash, stored beside what the secret sealed
	key  *seal.Key
}

// newSecrets prepares the configured secrets, first one first.
func newSecrets(tenant core.ID, raw [][]byte) ([]secret, error) {
	if len(raw) == 0 {
		return nil, errors.New("no secret: give at least one of 32 random bytes")
	}
	out := make([]secret, 0, len(raw))
	for i, b := range raw {
		if len(b) < MinSecret {
			return nil, fmt.Errorf("secret %d has %d bytes: give at least %d random ones", i, len(b), MinSecret)
		}
		derived, err := hkdf.Key(sha256.New, b, tenant[:], "keywright key store", 32)
		if err != nil {
			return nil, err
		}
		key, err := seal.New([32]byte(derived))
		if err != nil {
			return nil, err
		}
		name := sha256.Sum256(append([]byte("keywright secret name\x00"), b...))
		out = append(out, secret{hex.EncodeToString(name[:6]), key})
	}
	return out, nil
}

// sealRow seals the private part of a key row by the first secret.
func (k *Keys) sealRow(row *core.Key, private []byte) {
	first := k.secrets[0]
	row.SealedBy = first.name
	row.Sealed = first.key.Seal(nil, private, rowLabel(row))
}

// openRow opens the private part of a key row by whichever secret sealed it. It
// never makes up a new key over one that it cannot open.
func (k *Keys) openRow(row *core.Key) ([]byte, error) {
	for _, s := range k.secrets {
		if s.name != row.SealedBy {
			continue
		}
		private, err := s.key.Open(nil, row.Sealed, rowLabel(row))
		if err != nil {
			return nil, fmt.Errorf("key %s cannot be opened: its row was altered, or belongs to another tenant", row.ID)
		}
		return private, nil
	}
	return nil, fmt.Errorf("key %s was sealed by secret %s, which Secrets does not hold: add the secret that was used before, after the new one", row.ID, row.SealedBy)
}

// rowLabel binds sealed bytes to what they are, so that rows cannot be swapped.
func rowLabel(row *core.Key) []byte {
	return fmt.Appendf(nil, "%s/%s/%d/%s", row.Use, row.Algorithm, row.Epoch, row.ID)
}
