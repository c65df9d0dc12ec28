package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

const (
	keySetAge      = 10 * time.Minute // a fetched set is used without asking again
	keySetOldest   = 24 * time.Hour   // after that it is used no longer, even if no other can be had
	keySetCooldown = 30 * time.Second // between two fetches for one owner
	maxKeySet      = 64 << 10
)

var errKeySet = errors.New("the keys could not be fetched")

// keySource says whose keys are asked for, and where they are: by value, or at an
// address.
type keySource struct {
	owner string
	value []byte
	uri   string
}

func keysOfClient(c *core.Client) keySource { return keySource{c.ID, c.Keys, c.KeysURI} }

// keySetCache keeps the parsed keys of clients, or of trusted issuers. What is
// fetched is fetched once however many requests wait for it, and no lock is held
// meanwhile.
type keySetCache struct {
	mu      sync.Mutex
	byOwner map[string]*keySetEntry
}

// keySetEntry is the keys of one owner.
type keySetEntry struct {
	raw     []byte // a set by value, as it was parsed
	uri     string
	set     jose.KeySet
	good    time.Time     // when the set was last fetched; zero: never
	tried   time.Time     // when a fetch last began
	loading chan struct{} // closed when the fetch under way is over
}

// find gives the keys of an owner: by value, or from an address. again asks for a
// fetch because a kid was not found; it happens at most once in keySetCooldown. A
// fetch that fails leaves the keys that were there in use; sure is then false,
// since what is not among them may be there all the same.
func (k *keySetCache) find(ctx context.Context, h *http.Client, s keySource, at time.Time, again bool) (set jose.KeySet, sure bool, err error) {
	if s.uri == "" {
		set, err = k.byValue(s)
		return set, true, err
	}
	k.mu.Lock()
	e := k.entry(s.owner)
	if e.uri != s.uri {
		*e = keySetEntry{uri: s.uri}
	}
	old := e.good.IsZero() || at.Sub(e.good) >= keySetAge
	if (old || again) && e.loading == nil && (e.tried.IsZero() || at.Sub(e.tried) >= keySetCooldown) {
		e.tried, e.loading = at, make(chan struct{})
		go k.fetch(context.WithoutCancel(ctx), h, e, e.loading, s.uri, at)
	}
	set, loading, some := e.usable(at), e.loading, !e.good.IsZero()
	sure = e.good.Equal(e.tried)
	k.mu.Unlock()
	if loading == nil || some && !old && !again {
		return set, sure, nil
	}
	select {
	case <-ctx.Done():
		return jose.KeySet{}, false, core.Unavailable(ctx.Err())
	case <-loading:
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.usable(at), e.good.Equal(e.tried), nil
}

// usable is the fetched set, unless it is older than any may be.
func (e *keySetEntry) usable(at time.Time) jose.KeySet {
	if at.Sub(e.good) >= keySetOldest {
		return jose.KeySet{}
	}
	return e.set
}

// byValue parses a set once for as long as its bytes stay the same.
func (k *keySetCache) byValue(s keySource) (jose.KeySet, error) {
	k.mu.Lock()
	e := k.entry(s.owner)
	set, hit := e.set, e.raw != nil && bytes.Equal(e.raw, s.value)
	k.mu.Unlock()
	if hit {
		return set, nil
	}
	set, err := jose.ParseKeySet(s.value)
	if err != nil {
		return jose.KeySet{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	*k.entry(s.owner) = keySetEntry{raw: s.value, set: set}
	return set, nil
}

// entry is the owner's place; the caller holds the lock.
func (k *keySetCache) entry(id string) *keySetEntry {
	if e := k.byOwner[id]; e != nil {
		return e
	}
	if k.byOwner == nil || len(k.byOwner) >= maxCachedClients {
		k.byOwner = map[string]*keySetEntry{}
	}
	e := &keySetEntry{}
	k.byOwner[id] = e
	return e
}

// fetch reads the set and wakes who waits for it.
func (k *keySetCache) fetch(ctx context.Context, h *http.Client, e *keySetEntry, done chan struct{}, uri string, at time.Time) {
	defer close(done)
	set, err := fetchKeySet(ctx, h, uri)
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.uri == uri && err == nil {
		e.set, e.good = set, at
	}
	if e.loading == done {
		e.loading = nil
	}
}

func fetchKeySet(ctx context.Context, h *http.Client, uri string) (jose.KeySet, error) {
	if h == nil {
		return jose.KeySet{}, errKeySet
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return jose.KeySet{}, errKeySet
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := h.Do(r)
	if err != nil {
		return jose.KeySet{}, fmt.Errorf("%w: %w", errKeySet, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxKeySet+1))
	if err != nil || answer.StatusCode != http.StatusOK || len(body) > maxKeySet {
		return jose.KeySet{}, errKeySet
	}
	return jose.ParseKeySet(body)
}
