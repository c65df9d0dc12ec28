//go:build unix

package sqlite_test

import (
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// cpu is the processor time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs one operation from 1 and from 16 callers.
func measure(b *testing.B, name string, run func() error) {
	for _, callers := range []int{1, 16} {
		b.Run(name+map[int]string{1: "/1", 16: "/16"}[callers], func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism((callers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
			start := cpu()
			b.ResetTimer()
			if callers == 1 {
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := run(); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

func BenchmarkStore(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bench.db")
	s := openAt(b, path).Tenant(crashTenant)
	g := sample()
	setUp := []error{
		s.CreateGrant(b.Context(), g),
		s.CreateClient(b.Context(), core.Client{ID: g.Client}),
		s.CreateAccount(b.Context(), core.AccountChange{Account: core.Account{ID: g.Account}}),
		s.CreateSession(b.Context(), core.Session{ID: g.Session, Account: g.Account}),
		s.CreateConsent(b.Context(), core.Consent{Account: g.Account, Client: g.Client}),
	}
	for _, err := range setUp {
		if err != nil {
			b.Fatal(err)
		}
	}
	measure(b, "Grant", func() error {
		_, _, err := s.Grant(b.Context(), g.ID)
		return err
	})
	measure(b, "CreateGrant", func() error { return s.CreateGrant(b.Context(), sample()) })
	mine := make(chan core.Grant, 64) // as many grants as callers, so that nobody conflicts
	for range cap(mine) {
		one := sample()
		if err := s.CreateGrant(b.Context(), one); err != nil {
			b.Fatal(err)
		}
		one.Version = 1
		mine <- one
	}
	measure(b, "UpdateGrant", func() error {
		one := <-mine
		one.Generation++
		err := s.UpdateGrant(b.Context(), one)
		one.Version++
		mine <- one
		return err
	})
	measure(b, "Refresh", func() error {
		one := <-mine
		defer func() { mine <- one }()
		read, _, err := s.Grant(b.Context(), one.ID)
		if err != nil {
			return err
		}
		read.Generation++
		one = read
		return s.UpdateGrant(b.Context(), read)
	})
	bareStatements(b, path, g)
}

// bareStatements is what the same driver takes for the least that could be done.
func bareStatements(b *testing.B, path string, g core.Grant) {
	raw := rawDB(b, path)
	bare, err := raw.Prepare("SELECT version, payload FROM grants WHERE tenant = ? AND id = ?")
	if err != nil {
		b.Fatal(err)
	}
	measure(b, "bare read", func() error {
		var version int64
		var payload []byte
		return bare.QueryRow(crashTenant[:], g.ID[:]).Scan(&version, &payload)
	})
	write, err := raw.Prepare("UPDATE grants SET payload = ?, version = version + 1 WHERE tenant = ? AND id = ?")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	payload, err := g.MarshalPayload()
	if err != nil {
		b.Fatal(err)
	}
	measure(b, "bare write", func() error {
		_, err := write.Exec(payload, crashTenant[:], g.ID[:])
		return err
	})
}
