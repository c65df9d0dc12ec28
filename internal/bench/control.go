package bench

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/keywright/keywright/core"
)

// limit is a bare part, measured in the provider's process alone.
type limit struct {
	Name    string
	Callers int
	Ops     int64
	Took    time.Duration
	Spent   usage
}

// rate is how many a second.
func (l limit) rate() float64 { return float64(l.Ops) / max(l.Took.Seconds(), 1e-9) }

// The bare parts.
const (
	bareRead   = "read by key"
	bareUpdate = "conditional update"
)

func signatures() []string { return []string{"ES256 signature", "EdDSA signature", "RS256 signature"} }

// controls serves what the load asks of the provider's process itself, on an
// address of its own.
func controls(s served, store core.Store, statements *atomic.Uint64) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux, profiles := http.NewServeMux(), &profiler{}
	mux.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) { answer(w, spent(statements), nil) })
	mux.HandleFunc("/profile", func(w http.ResponseWriter, r *http.Request) {
		answer(w, profiles.turn(r.URL.Query().Get("file")), nil)
	})
	mux.HandleFunc("/limit", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		callers, err := strconv.Atoi(q.Get("callers"))
		if err != nil {
			answer(w, nil, err)
			return
		}
		d, err := time.ParseDuration(q.Get("for"))
		if err != nil {
			answer(w, nil, err)
			return
		}
		found, err := measureLimit(r.Context(), s, store, q.Get("what"), callers, d)
		answer(w, found, err)
	})
	go func() { _ = (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(l) }() // ends with the process
	return "http://" + l.Addr().String(), nil
}

func answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

// measureLimit measures one bare part.
func measureLimit(ctx context.Context, s served, store core.Store, what string, callers int, d time.Duration) (limit, error) {
	if what == bareRead || what == bareUpdate {
		size, err := grantSize(ctx, store)
		if err != nil {
			return limit{}, err
		}
		b, err := openBare(ctx, s, callers, size)
		if err != nil {
			return limit{}, err
		}
		defer func() { _ = b.close() }()
		do := b.readOne
		if what == bareUpdate {
			do = b.updateOne
		}
		return timed(what, callers, d, func(caller int) error { return do(ctx, caller) })
	}
	sign, err := signature(what)
	if err != nil {
		return limit{}, err
	}
	return timed(what, callers, d, func(int) error { return sign() })
}

// grantSize is how large the payload of a redeemed grant is.
func grantSize(ctx context.Context, store core.Store) (int, error) {
	grants, err := store.Grants(ctx, core.GrantFilter{Client: appID}, core.PageOf{Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(grants) == 0 {
		return 700, nil // nobody has signed in yet
	}
	payload, err := grants[0].MarshalPayload()
	return len(payload), err
}

func signature(what string) (func() error, error) {
	digest := sha256.Sum256([]byte("what is signed"))
	switch what {
	case "ES256 signature":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return func() error { _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); return err }, err
	case "EdDSA signature":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return func() error { _ = ed25519.Sign(key, digest[:]); return nil }, err
	case "RS256 signature":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return func() error { _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); return err }, err
	}
	return nil, fmt.Errorf("bench: no bare part is called %q", what)
}

// timed has so many callers repeat do. The first failure ends it.
func timed(name string, callers int, d time.Duration, do func(caller int) error) (limit, error) {
	for n := range callers {
		if err := do(n); err != nil { // warm: connections, statements
			return limit{}, err
		}
	}
	var ops atomic.Int64
	var failed atomic.Pointer[error]
	before, began := spent(nil), time.Now()
	var wait sync.WaitGroup
	for n := range callers {
		wait.Go(func() {
			for time.Since(began) < d && failed.Load() == nil {
				if err := do(n); err != nil {
					failed.Store(&err)
					return
				}
				ops.Add(1)
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	if err := failed.Load(); err != nil {
		return limit{}, *err
	}
	return limit{Name: name, Callers: callers, Ops: ops.Load(), Took: took, Spent: spent(nil).minus(before)}, nil
}

// spent is what this process has used so far.
func spent(statements *atomic.Uint64) (u usage) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u
	}
	u.CPU = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	u.Mallocs, u.Bytes = allocated()
	if statements != nil {
		u.Statements = statements.Load()
	}
	return u
}
