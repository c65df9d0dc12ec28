package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// ignoreMissing gives nil for what is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, core.ErrNotFound) {
		return nil
	}
	return err
}

// standings remembers, within one request, the epochs of connections that stand.
type standings map[core.ID]uint64

// stands says whether a sign-in still counts: one without a connection always; one
// by a connection only while that is switched on, like its organization, and has
// the epoch that it had (RP-19). It is read from the store each time, so that the
// first request after an operator's act sees it (STA01, STA04).
func (p *Provider) stands(ctx context.Context, seen standings, a core.Authentication) (bool, error) {
	if a.Connection.IsZero() {
		return true, nil
	}
	epoch, ok := seen[a.Connection]
	if !ok {
		c, err := p.Store.Connection(ctx, a.Connection)
		if err == nil && (c.Disabled || c.Deleted) {
			err = core.ErrNotFound
		}
		if err == nil && !c.Organization.IsZero() {
			var o core.Organization
			if o, err = p.Store.Organization(ctx, c.Organization); err == nil && (o.Disabled || o.Deleted) {
				err = core.ErrNotFound
			}
		}
		switch {
		case errors.Is(err, core.ErrNotFound):
			return false, nil
		case err != nil:
			return false, err
		}
		epoch = c.Epoch
		seen[a.Connection] = epoch
	}
	return epoch == a.ConnectionEpoch, nil
}

// standing keeps the sessions of which every sign-in still counts. One that came
// by a connection which has ended is over: what was shown beside it was shown to
// go on with that sign-in.
func (p *Provider) standing(ctx context.Context, all []core.SignedIn) ([]core.SignedIn, error) {
	seen, out := standings{}, all[:0]
	for _, s := range all {
		ok, err := p.allStand(ctx, seen, s.Session.Authentications)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, s)
		}
	}
	return out, nil
}

func (p *Provider) allStand(ctx context.Context, seen standings, all []core.Authentication) (bool, error) {
	for _, a := range all {
		if ok, err := p.stands(ctx, seen, a); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// dropEnded leaves out of the interaction what was shown by a connection that has
// ended meanwhile.
func (v *visit) dropEnded() error {
	seen := standings{}
	ended := func(a core.Authentication) (bool, error) {
		ok, err := v.p.stands(v.r.Context(), seen, a)
		return !ok, err
	}
	for n := range v.i.Authentications {
		gone, err := ended(v.i.Authentications[n])
		if err != nil {
			return err
		}
		if gone {
			v.i.Authentications = slices.Delete(slices.Clone(v.i.Authentications), n, n+1)
			return v.dropEnded()
		}
	}
	return nil
}

// enforcement is the rule of the organization that the address of an account
// belongs to; nil where it has none. It is as fresh as core.MaxClientStale.
func (p *Provider) enforcement(ctx context.Context, a core.Account) (*core.Enforcement, error) {
	if a.Email == "" {
		return nil, nil
	}
	o, err := p.organizationOf(ctx, a.Email)
	if err != nil || !o.organization.RequireConnection {
		return nil, err
	}
	e := &core.Enforcement{Organization: o.organization.ID}
	for _, c := range o.connections {
		e.Connections = append(e.Connections, c.ID)
	}
	return e, nil
}

// lookAtOrganization finds what the account's organization demands. While an
// identity waits to be linked to the account that was proven here, that comes
// after: the interaction cannot end before (settlePending).
func (v *visit) lookAtOrganization() error {
	p, err := v.pending()
	if err != nil {
		return err
	}
	if p != nil && len(v.provenHere(p, v.facts.Account.ID)) > 0 {
		return nil
	}
	v.facts.Enforced, err = v.p.enforcement(v.r.Context(), v.facts.Account)
	return err
}

// speaksEnforced says whether an authenticator speaks to the connection that was
// chosen among those demanded.
func (v *visit) speaksEnforced(a core.Authenticator) bool {
	return !v.i.Connection.IsZero() && v.facts.Enforced != nil &&
		slices.Contains(v.facts.Enforced.Connections, v.i.Connection) && len(a.Starts()) > 0 && serves(a, core.TurnSignIn) && v.speaksTo(a)
}

// speaksTo says whether the authenticator is the one of the connection's kind.
func (v *visit) speaksTo(a core.Authenticator) bool {
	o, err := v.p.organizationOf(v.r.Context(), v.facts.Account.Email)
	return err == nil && slices.ContainsFunc(o.connections, func(c core.Connection) bool {
		return c.ID == v.i.Connection && c.Kind == a.Method()
	})
}
