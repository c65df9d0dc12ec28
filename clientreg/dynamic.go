package clientreg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// DynamicOptions are the operator's terms for clients that register themselves.
// The zero value lets in native applications on the person's own computer alone.
type DynamicOptions struct {
	// Redirects may be registered beside http to 127.0.0.1, [::1] and localhost:
	// complete URIs, https or of a private-use scheme, compared byte for byte; or
	// names of KnownClients, such as "claude", which stand for theirs. They are for
	// hosted assistants that cannot come by another lane. What is taken off the list
	// is gone for clients that people have agreed to, too.
	Redirects []string
	// Scopes that clients may ask for; empty is every scope that is not vetted.
	// offline_access goes with the grant type refresh_token. What is taken off is gone
	// as with Redirects.
	Scopes []string
	// Resources that clients may ask tokens for; empty is all of them. What is taken
	// off is gone as with Redirects.
	Resources []string
	// Start is how long after its registration an id that nobody has approved can
	// start a client: 1 min to 7 d, 24 h by default.
	Start time.Duration
	// Idle is how long a client is kept after its last grant has ended: 24 h to
	// 2 y, 90 d by default.
	Idle time.Duration
	// RefreshIdle and RefreshMax are the lifetimes of its refresh tokens, where
	// those of the provider are not shorter: 7 d and 30 d by default, at most 1 y.
	RefreshIdle, RefreshMax time.Duration
	// Approval has every client wait for an operator: people see that it waits and
	// can ask for it, and nothing is granted before Provider.Clients().Approve. What
	// was granted before goes on.
	Approval bool
	// InitialTokens are initial access tokens (RFC 7591 section 3), one of which
	// has to be presented; empty leaves registration open to everybody.
	InitialTokens []Secret
	// Manage lets a client read, replace and delete its registration (RFC 7592).
	// Replacing and deleting write a row.
	Manage bool
	// PerAddress is how many registrations an hour are answered for one network
	// address (IPv4, or the /64 of IPv6), 60 by default; Altogether for the whole
	// issuer, 6000 by default. Changes and deletions count as well.
	PerAddress, Altogether int
}

// DynamicLane is the lane of clients that register themselves (RFC 7591): public
// ones with redirects to loopback.
type DynamicLane struct {
	core.KeptHere
	options DynamicOptions
	terms   core.RegistrationTerms
	err     error
	packers sync.Pool // of *flate.Writer
}

var _ core.Registrar = (*DynamicLane)(nil)

// Registrar is the lane itself.
func (l *DynamicLane) Registrar() core.Registrar { return l }

// Dynamic makes the lane. What is wrong with the options is reported by Start.
func Dynamic(o DynamicOptions) *DynamicLane {
	const day = 24 * time.Hour
	l := &DynamicLane{}
	p := problems{client: "self-registered"}
	duration := func(field string, value *time.Duration, by, low, high time.Duration) {
		if *value == 0 {
			*value = by
		}
		if *value < low || *value > high {
			p.add(field, "is not between %v and %v: write one that is, or leave it out", low, high)
		}
	}
	duration("Start", &o.Start, day, time.Minute, core.MaxRegistrationStart)
	duration("Idle", &o.Idle, 90*day, day, 2*366*day)
	duration("RefreshIdle", &o.RefreshIdle, 7*day, time.Second, 366*day)
	duration("RefreshMax", &o.RefreshMax, 30*day, time.Second, 366*day)
	for _, f := range []struct {
		field string
		value *int
		by    int
	}{{"PerAddress", &o.PerAddress, 60}, {"Altogether", &o.Altogether, 6000}} {
		if *f.value == 0 {
			*f.value = f.by
		}
		if *f.value < 0 {
			p.add(f.field, "is negative: write how many an hour, or leave it out")
		}
	}
	o.Redirects = redirectsOf(&p, o.Redirects)
	for i, uri := range o.Redirects {
		if err := redirecturi.CheckRegistration(uri, redirecturi.Agents()); err != nil {
			p.add(fmt.Sprintf("Redirects[%d]", i), "cannot be registered: %v", err)
		}
	}
	l.options = o
	l.terms = core.RegistrationTerms{
		Start: o.Start, Idle: o.Idle, Manage: o.Manage, PerAddress: o.PerAddress, Altogether: o.Altogether,
		Redirects: slices.Clone(o.Redirects),
	}
	for i, s := range o.InitialTokens {
		token, err := s.hash("")
		if err != nil {
			p.add(fmt.Sprintf("InitialTokens[%d]", i), "%v", err)
		}
		l.terms.Tokens = append(l.terms.Tokens, token)
	}
	l.err = errors.Join(p.found...)
	return l
}

// Approval says whether its clients wait for an operator.
func (l *DynamicLane) Approval() bool { return l.options.Approval }

// Lane is core.LaneDCR.
func (l *DynamicLane) Lane() core.Lane { return core.LaneDCR }

// Registration are the options in force.
func (l *DynamicLane) Registration() core.RegistrationTerms { return l.terms }

// Start reports every problem of the options, each with its remedy.
func (l *DynamicLane) Start(t core.Tools) error {
	if l.err != nil || len(t.Offers.Algorithms) == 0 {
		return l.err
	}
	p := problems{client: "self-registered"}
	for _, s := range l.options.Scopes {
		switch {
		case !slices.Contains(t.Offers.Scopes, s):
			p.add("Scopes", "names %q, which nobody knows: add it to Config.Scopes or to a resource, or leave it out", s)
		case slices.Contains(t.Offers.Vetted, s):
			p.add("Scopes", "names %q, which only vetted clients get: leave it out", s)
		}
	}
	for _, r := range l.options.Resources {
		if !slices.Contains(t.Offers.Resources, r) {
			p.add("Resources", "names %q, which the provider does not know: add it to Config.Resources, or leave it out", r)
		}
	}
	return errors.Join(p.found...)
}

// Owns says yes to the ids that registration gives out.
func (l *DynamicLane) Owns(clientID string) bool {
	return strings.HasPrefix(clientID, "kw_cl_") && len(clientID) <= core.MaxClientID
}

// Load reads the row of a client that was approved once; without one it is
// ErrNotFound, and the provider looks into the id. A deleted one is returned as
// it is, since its id may still be within its time.
func (l *DynamicLane) Load(ctx context.Context, store core.Store, clientID string) (core.Client, error) {
	if !l.Owns(clientID) {
		return core.Client{}, core.ErrNotFound
	}
	c, err := store.Client(ctx, clientID)
	if err == nil && c.Lane != core.LaneDCR {
		return core.Client{}, core.ErrNotFound
	}
	l.narrow(&c)
	return c, err
}

// narrow leaves of a row what the lane is open for now: what the operator takes off
// the lists is gone for clients that people have agreed to, too (STA05).
func (l *DynamicLane) narrow(c *core.Client) {
	keep := func(list []string, open func(string) bool) []string {
		if !slices.ContainsFunc(list, func(one string) bool { return !open(one) }) {
			return list // nearly always
		}
		return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return !open(one) })
	}
	c.RedirectURIs, c.LogoutURIs = keep(c.RedirectURIs, l.allows), keep(c.LogoutURIs, l.allows)
	if o := &l.options; len(o.Scopes) > 0 {
		c.Scopes = keep(c.Scopes, func(s string) bool { return s == offlineAccess || slices.Contains(o.Scopes, s) })
	}
	if o := &l.options; len(o.Resources) > 0 {
		c.Resources = keep(c.Resources, func(uri string) bool { return slices.Contains(o.Resources, uri) })
	}
}

// Apply writes nothing.
func (l *DynamicLane) Apply(context.Context, core.Store) error { return nil }
