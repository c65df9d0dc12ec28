package keys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var (
	oldSecret = bytes.Repeat([]byte("o"), 32)
	newSecret = bytes.Repeat([]byte("n"), 32)
)

// rig is one tenant's key store and a clock.
type rig struct {
	*clock
	db     core.Database
	store  core.Store
	tenant core.ID
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{clock: &clock{t: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}
	db := memory.New()
	t.Cleanup(func() { _ = db.Close() })
	r.tenant = core.NewID(r.now())
	if err := db.CreateTenant(t.Context(), core.Tenant{ID: r.tenant, Name: "t", Row: core.Row{Change: core.NewID(r.now())}}); err != nil {
		t.Fatal(err)
	}
	r.db, r.store = db, db.Tenant(r.tenant)
	return r
}

func (r *rig) open(ctx context.Context, secrets ...[]byte) (*Keys, error) {
	return Open(ctx, Options{
		Store: r.store, Tenant: r.tenant, Secrets: secrets, Algorithms: []string{"ES256", "EdDSA"},
		Lifetimes: core.DefaultLifetimes(), Now: r.now, Logger: slog.New(slog.DiscardHandler),
	})
}

func (r *rig) mustOpen(t *testing.T, secrets ...[]byte) *Keys {
	t.Helper()
	k, err := r.open(t.Context(), secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t *testing.T, k *Keys) (token, kid string) {
	t.Helper()
	s, err := k.Signer(t.Context(), "ES256")
	if err != nil {
		t.Fatal(err)
	}
	token, err = s.Sign("JWT", []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	return token, s.KeyID()
}

func kids(t *testing.T, k *Keys) []string {
	t.Helper()
	body, _, err := k.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []struct{ Kid, Alg string } }
	if err := json.Unmarshal(body, &set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, key := range set.Keys {
		if key.Alg == "ES256" {
			out = append(out, key.Kid)
		}
	}
	return out
}

func TestThreat_KEY06_aMissingSecretStopsTheStart(t *testing.T) {
	r := newRig(t)
	r.mustOpen(t, oldSecret)
	_, err := r.open(t.Context(), newSecret)
	if err == nil || !strings.Contains(err.Error(), "add the secret that was used before") {
		t.Fatalf("Open with another secret: %v", err)
	}
	if _, err := r.open(t.Context(), []byte("short")); err == nil || strings.Contains(err.Error(), "short\"") {
		t.Fatalf("Open with a short secret: %v", err)
	}
}

func TestThreat_KEY07_secretsAreReplacedWithoutLosingAnything(t *testing.T) {
	r := newRig(t)
	before := r.mustOpen(t, oldSecret)
	h := before.Ring().Mint(handle.Session, handle.Content{ID: r.tenant, Random: handle.NewRandom()})
	sealed, err := before.Seal("notes", []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	token, _ := sign(t, before)

	between := r.mustOpen(t, newSecret, oldSecret)
	if err := between.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := r.mustOpen(t, newSecret) // the old one is gone
	if _, err := after.Ring().Open(handle.Session, h); err != nil {
		t.Errorf("a handle from before: %v", err)
	}
	if got, err := after.Unseal(t.Context(), "notes", sealed); err != nil || string(got) != "kept" {
		t.Errorf("what was sealed before: %q, %v", got, err)
	}
	if _, _, err := after.Verify(t.Context(), token, "JWT"); err != nil {
		t.Errorf("a token from before: %v", err)
	}
	if _, err := after.Unseal(t.Context(), "other label", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("under another label: %v", err)
	}
}

func TestThreat_KEY01_KEY04_successorsArePublishedBeforeTheySign(t *testing.T) {
	r := newRig(t)
	k := r.mustOpen(t, oldSecret)
	token, first := sign(t, k)

	r.advance(89*24*time.Hour + time.Hour) // less than a day before the end
	if err := k.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, kid := sign(t, k); kid != first {
		t.Fatal("the successor signs before it was published long enough")
	}
	published := kids(t, k)
	if len(published) != 2 {
		t.Fatalf("%d keys are published, want the active one and its successor", len(published))
	}
	r.advance(24 * time.Hour)
	if _, kid := sign(t, k); kid == first {
		t.Fatal("the first key signs beyond its time")
	}
	if _, _, err := k.Verify(t.Context(), token, "JWT"); err != nil {
		t.Fatalf("a token signed before the change: %v", err)
	}
	r.advance(72 * time.Hour)
	if err := k.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := kids(t, k); len(got) != 1 || got[0] == first {
		t.Fatalf("published long after: %v", got)
	}
}

func TestThreat_KEY02_KEY09_manyCallersAndReplicasMakeOneKey(t *testing.T) {
	r := newRig(t)
	replicas := []*Keys{r.mustOpen(t, oldSecret), r.mustOpen(t, oldSecret)}
	var wait sync.WaitGroup
	for i := range 200 {
		wait.Go(func() {
			if _, err := replicas[i%2].Signer(context.Background(), "ES256"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	rows, err := r.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 {
		t.Fatalf("%d keys were made, want two roots and one that signs", len(rows))
	}
	_, a := sign(t, replicas[0])
	_, b := sign(t, replicas[1])
	if a != b {
		t.Error("the replicas sign with different keys")
	}
}

func TestKY01_rowsCannotBeSwappedOrAltered(t *testing.T) {
	r := newRig(t)
	r.mustOpen(t, oldSecret)
	rows, err := r.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	handleRow, sealRow := rows[0], rows[1]
	handleRow.Sealed = sealRow.Sealed
	handleRow.Change = core.NewID(r.now())
	if err := r.store.UpdateKey(t.Context(), handleRow); err != nil {
		t.Fatal(err)
	}
	if _, err := r.open(t.Context(), oldSecret); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Fatalf("a swapped row: %v", err)
	}
}

func TestThreat_KEY05_aRevokedKeyNeitherSignsNorVerifies(t *testing.T) {
	r := newRig(t)
	k := r.mustOpen(t, oldSecret)
	token, kid := sign(t, k)
	rows, err := r.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.KeyID == kid {
			row.Revoked, row.Change = true, core.NewID(r.now())
			if err := r.store.UpdateKey(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := k.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Verify(t.Context(), token, "JWT"); err == nil {
		t.Error("a token of the revoked key is still accepted")
	}
	if _, now := sign(t, k); now == kid {
		t.Error("the revoked key still signs")
	}
}

// RST01: a provider that was down, or restored, for longer than its keys live
// makes new ones when it is first asked, without waiting for Tend.
func TestThreat_RST01_ExpiredKeysAreSucceededAtOnce(t *testing.T) {
	r := newRig(t)
	_, old := sign(t, r.mustOpen(t, oldSecret))
	r.advance(2 * 365 * 24 * time.Hour)
	k := r.mustOpen(t, oldSecret)
	if _, now := sign(t, k); now == old {
		t.Error("signs with a key that is past its end")
	}
	if got := kids(t, k); len(got) != 1 || got[0] == old {
		t.Errorf("published %v", got)
	}
}
