package bench

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/keys"
)

// stock are grants that were stored without anybody signing in, and the tokens
// to them.
type stock struct {
	running     *running
	ring        *handle.Ring
	ids         []core.ID
	generations []uint32
	refreshed   atomic.Int64
}

// grantsOfOne is how many grants a person has.
const grantsOfOne = 10

// load stores n grants like the one that a sign-in makes, redeemed, and for every
// ten a person with a session and a consent.
func load(ctx context.Context, r *running, n int, o Options) (*stock, error) {
	c, err := r.caller(0)
	if err != nil {
		return nil, err
	}
	if err := c.signIn("", &c.tokens); err != nil {
		return nil, err
	}
	db, err := open(ctx, served{Store: r.target.store, Source: r.target.source, Connections: o.Connections}, func(context.Context, string) {})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	t, err := db.TenantByName(ctx, "default")
	if err != nil {
		return nil, err
	}
	like, err := readTemplate(ctx, db.Tenant(t.ID))
	if err != nil {
		return nil, err
	}
	ring, err := openRing(ctx, db, t.ID)
	if err != nil {
		return nil, err
	}
	s := &stock{running: r, ring: ring, ids: make([]core.ID, n), generations: make([]uint32, n)}
	people, ctx := errgroup.WithContext(ctx)
	people.SetLimit(64)
	for first := 0; first < n; first += grantsOfOne {
		people.Go(func() error { return s.store(ctx, like, first) })
	}
	return s, people.Wait()
}

// openRing mints what the provider opens: it has the same secret.
func openRing(ctx context.Context, db core.Database, tenant core.ID) (*handle.Ring, error) {
	k, err := keys.Open(ctx, keys.Options{
		Store: db.Tenant(tenant), Tenant: tenant, Secrets: [][]byte{[]byte(secret + secret)}, Algorithms: []string{"ES256"},
		Lifetimes: core.DefaultLifetimes(), Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	return k.Ring(), nil
}

// template is what a sign-in left in a store.
type template struct {
	store   core.Store
	account core.Account
	session core.Session
	consent core.Consent
	grant   core.Grant
}

func readTemplate(ctx context.Context, store core.Store) (t template, err error) {
	t.store = store
	grants, err := store.Grants(ctx, core.GrantFilter{Client: appID}, core.PageOf{Limit: 1})
	if err != nil || len(grants) == 0 {
		return t, errors.Join(err, errors.New("bench: nobody has signed in"))
	}
	t.grant = grants[0]
	if t.account, err = store.Account(ctx, t.grant.Account); err != nil {
		return t, err
	}
	sessions, err := store.Sessions(ctx, []core.ID{t.grant.Session})
	if err != nil || len(sessions) == 0 {
		return t, errors.Join(err, errors.New("bench: there is no session"))
	}
	t.session = sessions[0].Session
	t.consent, _, err = store.Consent(ctx, t.grant.Account, appID)
	return t, err
}

// store stores one person's share, from the grant of that number on.
func (s *stock) store(ctx context.Context, like template, first int) error {
	now := core.Instant(time.Now())
	like.account.ID, like.account.Change = core.NewID(now), core.NewID(now)
	like.session.ID, like.session.Account = core.NewID(now), like.account.ID
	like.consent.Account, like.grant.Account, like.grant.Session = like.account.ID, like.account.ID, like.session.ID
	like.session.Secret = sha256.Sum256(like.session.ID[:])
	change := core.AccountChange{
		Account:        like.account,
		PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: fmt.Sprintf("person-%d@example.com", first)}},
	}
	if err := like.store.CreateAccount(ctx, change); err != nil {
		return err
	}
	if err := like.store.CreateSession(ctx, like.session); err != nil {
		return err
	}
	if err := like.store.CreateConsent(ctx, like.consent); err != nil {
		return err
	}
	for n := first; n < min(first+grantsOfOne, len(s.ids)); n++ {
		like.grant.ID, like.grant.Change = core.NewID(now), core.NewID(now)
		like.grant.Secret = handle.Content{Random: random(n)}.Digest()
		if err := like.store.CreateGrant(ctx, like.grant); err != nil {
			return err
		}
		// The first change of a grant is its redemption. Among few grants nearly every
		// one has been refreshed before.
		like.grant.Version = 1
		if err := like.store.UpdateGrant(ctx, like.grant); err != nil {
			return err
		}
		s.ids[n], s.generations[n] = like.grant.ID, uint32(like.grant.Generation)
	}
	return nil
}

// random is the part of the n-th grant's tokens that nobody could guess.
func random(n int) [16]byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return [16]byte(sum[:16])
}

// token is the current refresh token of the n-th grant.
func (s *stock) token(n int) string {
	return s.ring.Mint(handle.Refresh, handle.Content{ID: s.ids[n], Number: uint64(s.generations[n]), Random: random(n)})
}
