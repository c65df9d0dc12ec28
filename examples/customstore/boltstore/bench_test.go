package boltstore_test

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/keywright/keywright/core"
)

// BenchmarkBare measures what bbolt itself makes durable: one small value in each
// transaction, and those of 64 callers together.
func BenchmarkBare(b *testing.B) {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	put := func(t *bolt.Tx) error {
		bucket, err := t.CreateBucketIfNotExists([]byte("bare"))
		if err != nil {
			return err
		}
		id := core.NewID(time.Now())
		return bucket.Put(id[:], make([]byte, 300))
	}
	b.Run("1", func(b *testing.B) {
		for b.Loop() {
			if err := db.Update(put); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("64", func(b *testing.B) {
		db.MaxBatchDelay = time.Millisecond
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := db.Batch(put); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkStore measures the writes and the read that a provider makes most,
// by one caller and by 64.
func BenchmarkStore(b *testing.B) {
	db, err := migrated(filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s := db.Tenant(crashTenant)
	fresh := func() core.Grant {
		id := core.NewID(time.Now())
		return core.Grant{ID: id, Row: core.Row{KeepUntil: time.Now().Add(time.Hour)}, Account: id, Client: "app", Session: id}
	}
	g := fresh()
	if err := s.CreateGrant(b.Context(), g); err != nil {
		b.Fatal(err)
	}
	measure(b, "read", func(*core.Grant) error { _, _, err := s.Grant(b.Context(), g.ID); return err })
	measure(b, "create", func(*core.Grant) error { return s.CreateGrant(b.Context(), fresh()) })
	measure(b, "update", func(own *core.Grant) error {
		if own.Version == 0 { // each caller rotates a grant of its own
			*own = fresh()
			own.Version = 1
			return s.CreateGrant(b.Context(), *own)
		}
		err := s.UpdateGrant(b.Context(), *own)
		own.Version++
		return err
	})
}

func measure(b *testing.B, name string, run func(own *core.Grant) error) {
	b.Run(name+"/1", func(b *testing.B) {
		var own core.Grant
		for b.Loop() {
			if err := run(&own); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/64", func(b *testing.B) {
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			var own core.Grant
			for pb.Next() {
				if err := run(&own); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
