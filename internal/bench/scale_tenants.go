package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// TenantFinding is what many tenants in one process cost.
type TenantFinding struct {
	Tenants int
	// First is when none of them was there yet, Again a start with all of them.
	First, Again tenantStart
	// Each tenant was asked once for its metadata and once for a token.
	Asked, AskedRate float64 // seconds altogether, requests a second
	// ResidentAfter is the memory of the process then, for each tenant, in bytes.
	ResidentAfter float64
	// Idle is what the process does when nobody asks, with all its work running.
	Idle idleFinding
}

// tenantStart is one start, per tenant.
type tenantStart struct {
	Micros     float64 // time to compose one
	Heap       float64 // bytes of live objects
	Resident   float64 // bytes of the process's memory
	Statements float64
	Goroutines float64
}

// idleFinding is per second, but for the goroutines.
type idleFinding struct {
	Statements, CPU float64 // CPU in seconds
	Goroutines      int
}

// measureTenants starts a process that serves so many, twice, and asks each.
func measureTenants(ctx context.Context, store string, o ScaleOptions) (f *TenantFinding, err error) {
	t, err := newTarget(ctx, store, o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	s := served{Store: store, Source: t.source, Connections: o.Connections, Tenants: o.Tenants}
	f = &TenantFinding{Tenants: o.Tenants}
	h, stop, err := spawn(s)
	if err != nil {
		return nil, err
	}
	f.First, f.Again = h.Start, h.Start
	if store != "memory" { // which forgets
		if err := stop(); err != nil {
			return nil, err
		}
		if h, stop, err = spawn(s); err != nil {
			return nil, err
		}
		f.Again = h.Start
	}
	defer func() { err = errors.Join(err, stop()) }()
	began := time.Now()
	if err := askAll(h.Issuer, o.Tenants); err != nil {
		return nil, err
	}
	f.Asked = time.Since(began).Seconds()
	f.AskedRate = 2 * float64(o.Tenants) / f.Asked
	var after tenantStart
	if err := fetch(h.Control+"/memory", &after); err != nil {
		return nil, err
	}
	f.ResidentAfter = after.Resident
	return f, fetch(h.Control+"/idle", &f.Idle)
}

// askAll has 16 callers ask every tenant for its metadata and a token.
func askAll(base string, tenants int) error {
	const callers = 16
	list := make([]*caller, callers)
	for n := range list {
		list[n] = newCaller(base, "", nil)
	}
	defer crowds{People: list}.hangUp()
	return each(list, callers, func(c *caller) error {
		for n := range tenants {
			if list[n%callers] != c {
				continue
			}
			c.issuer = tenantIssuer(base, n)
			if err := c.get("/.well-known/openid-configuration", ""); err != nil {
				return err
			}
			form := url.Values{"grant_type": {"client_credentials"}, "scope": {"jobs"}, "resource": {c.issuer}}
			if _, err := c.post("/token", jobID+":"+secret, form.Encode()); err != nil {
				return err
			}
		}
		return nil
	})
}

// tenantIssuer is the issuer of the n-th tenant.
func tenantIssuer(base string, n int) string { return fmt.Sprintf("%s/t%d", base, n) }

func (f *TenantFinding) report(p *printer) {
	if f == nil {
		return
	}
	p.line("\n%d tenants in one process, each\tµs to compose\tkB live\tkB resident\tstatements\tgoroutines", f.Tenants)
	for _, s := range []struct {
		name  string
		start tenantStart
	}{{"new", f.First}, {"there already", f.Again}} {
		p.line("%s\t%.0f\t%.1f\t%.1f\t%.2f\t%.2f", s.name, s.start.Micros, s.start.Heap/1e3, s.start.Resident/1e3, s.start.Statements, s.start.Goroutines)
	}
	p.line("two requests to each took %.1f s (%.0f/s); %.1f kB resident each then", f.Asked, f.AskedRate, f.ResidentAfter/1e3)
	p.line("at rest, with all work running: %.1f statements/s, %.1f %% of a CPU, %d goroutines",
		f.Idle.Statements, 100*f.Idle.CPU, f.Idle.Goroutines)
}

// serveTenants is the handler of many issuers: the first part of a path says
// whose it is.
func serveTenants(handlers map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		for n := range len(name) {
			if name[n] == '/' {
				name = name[:n]
				break
			}
		}
		if h, ok := handlers[name]; ok {
			h.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
}
