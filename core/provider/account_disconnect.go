package provider

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
)

// disconnect takes back what a person has agreed to for a client: by one write,
// which raises the epoch of their consent. Every code, refresh token and opaque
// access token of the two has ended with it, and whatever is just being made under
// the epoch before ends with its first use; the client need not be there any
// more. Grants are left as they are, to be purged at their time: ending them by
// account and client would also end what is granted anew.
//
// seen is the epoch that the person was shown. Where it has been raised since,
// this is done already, and what was connected anew meanwhile stays (a second
// press, a repeat after a lost answer).
func (p *Provider) disconnect(r *http.Request, at time.Time, account core.ID, client string, seen uint64) error {
	var err error
	for range maxWrites {
		c, _, readErr := p.Store.Consent(r.Context(), account, client)
		if readErr != nil {
			return readErr
		}
		if c.Epoch > seen {
			return nil
		}
		if c.Version == 0 {
			if there, err := p.hasGrants(r.Context(), account, client); err != nil || !there {
				return err
			}
		}
		c.Account, c.Client = account, client
		err = p.storeWithdrawal(r, at, c)
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(err)
}

// storeWithdrawal writes the consent as withdrawn; where there is none, because
// nobody was asked, a row that holds nothing but the epoch.
func (p *Provider) storeWithdrawal(r *http.Request, at time.Time, c core.Consent) error {
	c.Epoch++
	c.Access, c.Remembered, c.ClientHash = nil, false, core.Hash{}
	c.FirstAt, c.LastAt, c.Change = time.Time{}, time.Time{}, core.NewID(at)
	e := p.happened(r, at, core.EventConsentWithdrawn, c.Account, c.Client, core.ID{})
	e.Version, e.Reason = c.Version+1, "owner"
	if c.Version == 0 {
		return p.Store.CreateConsent(r.Context(), c, e)
	}
	return p.Store.UpdateConsent(r.Context(), c, e)
}

// hasGrants says whether the account ever let the client in, so that nobody fills
// the table with clients of their own invention.
func (p *Provider) hasGrants(ctx context.Context, account core.ID, client string) (bool, error) {
	rows, err := p.Store.Grants(ctx, core.GrantFilter{Account: account, Client: client}, core.PageOf{Limit: 1})
	return len(rows) > 0, err
}

// ownGrant finds a grant of the account. Nobody else's can be named.
func (p *Provider) ownGrant(ctx context.Context, account core.ID, key string) (core.Grant, core.Standing, error) {
	id, err := core.ParseID(key)
	if err != nil {
		return core.Grant{}, core.Standing{}, core.PageNotFound.Because(err)
	}
	g, s, err := p.Store.Grant(ctx, id)
	if errors.Is(err, core.ErrNotFound) || err == nil && g.Account != account {
		return core.Grant{}, core.Standing{}, core.PageNotFound.Because(errors.New("no grant of this account"))
	}
	return g, s, err
}

// endGrant ends one sign-in of an app, for good. It is decided again where the
// client uses it at the same moment; one that has ended is left alone.
func (p *Provider) endGrant(r *http.Request, at time.Time, account core.ID, key string) error {
	g, s, err := p.ownGrant(r.Context(), account, key)
	if err != nil {
		return err
	}
	decide := func(g core.Grant, _ core.Standing) core.Decision { return g.Revoke("owner") }
	events := func(d core.Decision) []core.Event {
		e := p.happened(r, at, core.EventGrantRevoked, account, d.Grant.Client, d.Grant.ID)
		e.Version, e.Reason = d.Grant.Version+1, "owner"
		return []core.Event{e}
	}
	_, err = core.ApplyGrant(r.Context(), p.Store, g, s, p.Tools.Now, decide, events)
	if errors.Is(err, core.ErrNotFound) {
		return nil // purged meanwhile
	}
	return err
}
