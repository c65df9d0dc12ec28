package bench

import (
	"fmt"
	"time"
)

// The parts of a provider under measurement that both processes know.
const (
	passphrase = "a bench is for sitting on, mostly"
	secret     = "bench-secret-bench-secret-bench-secret"
	redirect   = "https://app.example/cb"
	apiJWT     = "https://jwt.example"
	appID      = "app"     // web application: code, refresh, userinfo
	jobID      = "job"     // client_credentials
	serverID   = "gateway" // introspects
)

// people is how many accounts there are at most; as many callers can be somebody
// of their own.
const people = 64

// email of the n-th account.
func email(n int) string { return fmt.Sprintf("bench-%d@example.com", n%people) }

// usage is what has been spent so far: by the provider's process, and by the
// database's server beside it.
type usage struct {
	CPU        time.Duration // user and system
	Server     time.Duration // the same of the database's processes; 0 where there are none
	Mallocs    uint64
	Bytes      uint64
	Statements uint64
	Trips      int64 // to the database's server and back, where a wire counts them
}

func (u usage) minus(v usage) usage {
	return usage{
		CPU: u.CPU - v.CPU, Server: u.Server - v.Server, Mallocs: u.Mallocs - v.Mallocs, Bytes: u.Bytes - v.Bytes,
		Statements: u.Statements - v.Statements, Trips: u.Trips - v.Trips,
	}
}

func (u usage) plus(v usage) usage { return u.minus(usage{}.minus(v)) }

// each is the CPU time of one of n operations, in µs: of both processes.
func (u usage) each(n int64) float64 { return micros(u.CPU+u.Server) / float64(max(n, 1)) }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// hello is what the provider's process says when it serves.
type hello struct {
	Issuer  string
	Control string
	// Started to the first answer, and resident memory then, in bytes.
	FirstAnswer time.Duration
	Resident    uint64
	// Start is that of a process with many tenants.
	Start tenantStart
}
