package keys

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/seal"
)

// state is one reading of the key store, parsed. It never changes.
type state struct {
	rows       []core.Key
	until      time.Time // it is parsed anew from then on
	ring       *handle.Ring
	sealing    []*sealRoot // the one that seals first
	signing    []signing
	set        jose.KeySet
	algorithms []jose.Algorithm
	jwks       []byte
	etag       string
}

// signing is a key that signs between two instants.
type signing struct {
	row    core.Key
	signer *jose.Signer
}

// signer is the key of the algorithm that is active at the instant: the newest
// that may be used. One past its time goes on until its successor is there. The
// very first may be used before its time: the clock of the replica that made it
// was ahead of this one (CLK01), and there is no other.
func (s *state) signer(algorithm string, at time.Time) *jose.Signer {
	var best, first *signing
	for i := range s.signing {
		one := &s.signing[i]
		if one.row.Algorithm != algorithm {
			continue
		}
		if first == nil || one.row.Epoch < first.row.Epoch {
			first = one
		}
		if !at.Before(one.row.ActiveAt) && (best == nil || one.row.Epoch > best.row.Epoch) {
			best = one
		}
	}
	switch {
	case best != nil:
		return best.signer
	case first != nil:
		return first.signer
	}
	return nil
}

// reading is what the key store held at some time since began.
type reading struct {
	rows  []core.Key
	began uint64 // its place among all readings
	at    time.Time
}

func (k *Keys) read(ctx context.Context) (reading, error) {
	r := reading{began: k.began.Add(1), at: k.now()}
	var err error
	if r.rows, err = k.Store.Keys(ctx); err != nil {
		return r, fmt.Errorf("reading keys: %w", err)
	}
	return r, nil
}

// reload reads the key store and swaps the parsed state.
func (k *Keys) reload(ctx context.Context) error {
	r, err := k.read(ctx)
	if err != nil {
		return err
	}
	return k.take(r)
}

// take swaps the parsed state for that of a reading. Parsing is most of what a reload
// costs: what is the same, and still means the same, is kept as it is. A reading that
// was overtaken by one which began later is dropped: it would take back a key that is
// known by now, or bring back one that was revoked.
func (k *Keys) take(r reading) error {
	k.taking.Lock()
	defer k.taking.Unlock()
	if r.began < k.taken {
		return nil
	}
	if now := k.current.Load(); now == nil || !now.same(r.rows) || !k.now().Before(now.until) {
		next, err := k.parse(r.rows)
		if err != nil {
			return err
		}
		k.current.Store(next)
	}
	k.taken = r.began
	k.readAt.Store(&r.at)
	return nil
}

// same says whether rows are those of s.
func (s *state) same(rows []core.Key) bool {
	if len(rows) != len(s.rows) {
		return false
	}
	for i := range rows {
		if !slices.ContainsFunc(s.rows, func(r core.Key) bool { return r.ID == rows[i].ID && r.Version == rows[i].Version }) {
			return false
		}
	}
	return true
}

// ends is the next instant at which a key of rows becomes active or is over:
// until then they mean what they mean at the instant given.
func ends(rows []core.Key, at time.Time) time.Time {
	next := at.Add(rootLifetime)
	for i := range rows {
		for _, then := range []time.Time{rows[i].ActiveAt, rows[i].KeepUntil} {
			if at.Before(then) && then.Before(next) {
				next = then
			}
		}
	}
	return next
}

func (k *Keys) parse(rows []core.Key) (*state, error) {
	s := &state{rows: rows, until: ends(rows, k.now())}
	slices.SortFunc(s.rows, func(a, b core.Key) int { return cmp.Compare(b.Epoch, a.Epoch) })
	roots, err := k.openRoots(s, core.KeyHandle)
	if err != nil {
		return nil, err
	}
	ringRoots := make([]handle.Root, 0, len(roots))
	for _, r := range roots {
		ringRoots = append(ringRoots, handle.Root{ID: r.epoch, Key: r.root})
	}
	if s.ring, err = handle.NewRing(k.Tenant, ringRoots); err != nil {
		return nil, fmt.Errorf("root keys of handles: %w", err)
	}
	if s.sealing, err = k.openRoots(s, core.KeySeal); err != nil {
		return nil, err
	}
	if len(s.sealing) == 0 {
		return nil, fmt.Errorf("root keys of sealed values: %w", ErrNoKey)
	}
	return s, k.parseSigning(s)
}

// parseSigning prepares the signers and the published documents.
func (k *Keys) parseSigning(s *state) error {
	var keys []jose.Key
	var public []jose.JWK
	for _, a := range k.Algorithms { // also of keys that are yet to be made
		s.algorithms = append(s.algorithms, jose.Algorithm(a))
	}
	for _, row := range s.rows {
		if row.Use != core.KeySign || row.Revoked || !k.published(&row) {
			continue
		}
		private, err := k.openRow(&row)
		if err != nil {
			return err
		}
		key, err := jose.ParsePrivate(private)
		if err != nil {
			return fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		signer, err := jose.NewSigner(jose.Algorithm(row.Algorithm), row.KeyID, key)
		if err != nil {
			return fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		s.signing = append(s.signing, signing{row, signer})
		keys, public = append(keys, signer.Key()), append(public, signer.JWK())
		if !slices.Contains(s.algorithms, signer.Algorithm()) {
			s.algorithms = append(s.algorithms, signer.Algorithm())
		}
	}
	set, err := jose.NewKeySet(keys...)
	if err != nil {
		return err
	}
	s.set, s.jwks = set, jose.JWKS(public...)
	sum := sha256.Sum256(s.jwks)
	s.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return nil
}

// published says whether the key still verifies.
func (k *Keys) published(row *core.Key) bool {
	return row.KeepUntil.IsZero() || k.now().Before(row.KeepUntil)
}

// sealRoot is a root key with what was derived from it.
type sealRoot struct {
	epoch   uint32
	root    [32]byte
	derived sync.Map // label → *seal.Key; labels are a fixed few
}

func (r *sealRoot) key(tenant core.ID, label string) (*seal.Key, error) {
	if key, ok := r.derived.Load(label); ok {
		return key.(*seal.Key), nil
	}
	b, err := hkdf.Key(sha256.New, r.root[:], tenant[:], "keywright seal "+label, 32)
	if err != nil {
		return nil, err
	}
	key, err := seal.New([32]byte(b))
	if err != nil {
		return nil, err
	}
	kept, _ := r.derived.LoadOrStore(label, key)
	return kept.(*seal.Key), nil
}

// openRoots opens the root keys of one use: those that may be used come first,
// newest first, then those that are only opened with.
func (k *Keys) openRoots(s *state, use core.KeyUse) ([]*sealRoot, error) {
	var active, later []*sealRoot
	for _, row := range s.rows {
		if row.Use != use || row.Revoked || !k.published(&row) {
			continue
		}
		private, err := k.openRow(&row)
		if err != nil {
			return nil, err
		}
		if len(private) != 32 {
			return nil, fmt.Errorf("root key %s has %d bytes, want 32", row.ID, len(private))
		}
		root := &sealRoot{epoch: uint32(row.Epoch), root: [32]byte(private)}
		if k.now().Before(row.ActiveAt) {
			later = append(later, root)
			continue
		}
		active = append(active, root)
	}
	return append(active, later...), nil
}
