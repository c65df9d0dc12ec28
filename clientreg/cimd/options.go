package cimd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options says which documents are believed. The zero value believes every
// host that is well-formed and public, and asks people.
type Options struct {
	// AllowHosts, if not empty, are the only ones that are asked: a host such as
	// "app.example", a domain with all below it such as ".example", or a whole
	// client_id. DenyHosts are never asked, and win.
	AllowHosts []string
	DenyHosts  []string
	// Decide, if set, has the last word before anything is fetched, and again
	// whenever a client is looked up anew. An error refuses the client. It must be
	// quick and safe for use by many goroutines.
	Decide func(ctx context.Context, clientID string) error
	// Approval has every client wait for an operator: people see that it waits and
	// can ask for it, and nothing is granted before Provider.Clients().Approve. What
	// was granted before goes on.
	Approval bool
	// Scopes are what such clients may ask for, and of these what their document
	// names, if it does. Empty: all that the provider knows; those that are
	// vetted (core.Scope) they never get.
	Scopes []string
	// Resources are the APIs such clients may ask tokens for. Empty: all of the
	// provider.
	Resources []string
	// SameHost wants https redirect URIs to have the host of the client_id.
	// Loopback and private-use URIs are not bound by it.
	SameHost bool
	// AllowQuery accepts a client_id with a query, AllowRoot one whose path is "/"
	// alone. The draft discourages both.
	AllowQuery bool
	AllowRoot  bool
	// MaxBytes of a document: 5 KiB, at most 64 KiB.
	MaxBytes int64
	// A document is used without asking again for as long as its HTTP headers say,
	// within MinFresh (5 min) and MaxFresh (24 h); for Fresh (1 h) where they say
	// nothing.
	MinFresh, Fresh, MaxFresh time.Duration
	// Stale is how long what was granted goes on when the document is not fresh any
	// more and cannot be had: 24 h, at most 7 d; negative is not at all. New
	// authorizations never rest on a stale document.
	Stale time.Duration
	// PerHost bounds the fetches from one host in a minute: 30. All bounds those
	// from all hosts: 300. Each replica counts for itself.
	PerHost, All int
	// MaxCached bounds the documents kept in memory: 4096.
	MaxCached int
	// InsecureLoopback also accepts documents on this machine, by http and at any
	// port, and their jwks_uri there. The provider refuses to start with it unless its issuer is on
	// loopback as well.
	InsecureLoopback bool
}

// fill puts defaults where nothing was said.
func (o *Options) fill() {
	fill(&o.MaxBytes, 5<<10)
	fill(&o.MinFresh, 5*time.Minute)
	fill(&o.Fresh, time.Hour)
	fill(&o.MaxFresh, 24*time.Hour)
	fill(&o.Stale, 24*time.Hour)
	fill(&o.PerHost, 30)
	fill(&o.All, 300)
	fill(&o.MaxCached, 4096)
	o.Stale = max(o.Stale, 0)
}

func fill[T int | int64 | time.Duration](value *T, standard T) {
	if *value == 0 {
		*value = standard
	}
}

// check names everything that is wrong, each with its remedy.
func (o *Options) check() error {
	var found []error
	add := func(format string, args ...any) { found = append(found, fmt.Errorf("cimd: "+format, args...)) }
	for name, list := range map[string][]string{"AllowHosts": o.AllowHosts, "DenyHosts": o.DenyHosts} {
		for _, one := range list {
			host := strings.TrimPrefix(one, ".")
			whole := strings.HasPrefix(one, "https://") || o.InsecureLoopback && strings.HasPrefix(one, "http://")
			if !whole && (!isHost(host) && !(o.InsecureLoopback && isLoopback(host)) || host != strings.ToLower(host)) {
				add("%s holds %q: write a host in lower case, .domain, or a whole client_id", name, one)
			}
		}
	}
	for _, b := range []struct {
		name     string
		is, most int64
	}{
		{"MaxBytes", o.MaxBytes, 64 << 10},
		{"PerHost", int64(o.PerHost), 1 << 20}, {"All", int64(o.All), 1 << 20}, {"MaxCached", int64(o.MaxCached), 1 << 20},
	} {
		if b.is < 1 || b.is > b.most {
			add("%s is %d: choose from 1 to %d", b.name, b.is, b.most)
		}
	}
	const day = 24 * time.Hour
	if o.MinFresh < time.Minute || o.MinFresh > o.Fresh || o.Fresh > o.MaxFresh || o.MaxFresh > 7*day {
		add("MinFresh, Fresh and MaxFresh are %v, %v and %v: choose from 1m to 168h, in that order", o.MinFresh, o.Fresh, o.MaxFresh)
	}
	if o.Stale > 7*day {
		add("Stale is %v: choose up to 168h", o.Stale)
	}
	slices.SortFunc(found, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(found...)
}

// trusts says whether the operator's lists let the client be asked.
func (o *Options) trusts(clientID, host string) bool {
	host = strings.ToLower(host)
	names := func(one string) bool {
		return one == clientID || one == host || strings.HasPrefix(one, ".") && (host == one[1:] || strings.HasSuffix(host, one))
	}
	return !slices.ContainsFunc(o.DenyHosts, names) && (len(o.AllowHosts) == 0 || slices.ContainsFunc(o.AllowHosts, names))
}
