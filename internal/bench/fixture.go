package bench

import "time"

// The parts of a provider under measurement that both processes know.
const (
	email      = "bench@example.com"
	passphrase = "a bench is for sitting on, mostly"
	secret     = "bench-secret-bench-secret-bench-secret"
	redirect   = "https://app.example/cb"
	apiJWT     = "https://jwt.example"
	appID      = "app"     // web application: code, refresh, userinfo
	jobID      = "job"     // client_credentials
	serverID   = "gateway" // introspects
)

// usage is what the provider's process has spent so far.
type usage struct {
	CPU        time.Duration // user and system
	Mallocs    uint64
	Bytes      uint64
	Statements uint64
}

func (u usage) minus(v usage) usage {
	return usage{u.CPU - v.CPU, u.Mallocs - v.Mallocs, u.Bytes - v.Bytes, u.Statements - v.Statements}
}

// limit is a bare part, measured by the provider's process alone.
type limit struct {
	Name string
	Ops  int
	CPU  time.Duration
}

// hello is what the provider's process says when it serves.
type hello struct {
	Issuer  string
	Control string
	// Started to the first answer, and resident memory then, in bytes.
	FirstAnswer time.Duration
	Resident    uint64
}
