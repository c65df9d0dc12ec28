package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// setPolicy fills in what the policy leaves to its defaults.
func (p *Provider) setPolicy() {
	methods := core.FactsOf(p.Authenticators)
	p.policy = p.Policy.For(methods)
	for _, m := range methods {
		if m.Enrol {
			p.enrols = append(p.enrols, m.Method)
		}
	}
}

// strengthen loads what Next needs to judge how much was shown: what
// organizations and the hook require, whether this browser is remembered, and
// what the account could show. Of a provider without second factors it reads
// nothing.
func (p *Provider) strengthen(r *http.Request, f *core.Facts) error {
	account := f.InQuestion()
	if account.IsZero() || f.Account.ID != account {
		return nil
	}
	shown := f.Counted(account)
	if len(shown) == 0 {
		return nil
	}
	browser, known, err := p.readBrowser(r)
	if err != nil {
		return err
	}
	if p.policy.Organizations {
		if f.Required, err = p.requiredByOrganizations(r.Context(), account); err != nil {
			return err
		}
	}
	if p.Hooks.SignIn != nil {
		more, err := p.Hooks.SignIn(r.Context(), core.SignInQuestion{
			At: f.At, Purpose: f.Purpose, Account: f.Account, Client: f.Request.Client, Shown: shown,
			Address: web.Address(r, p.TrustedProxies), Agent: r.UserAgent(),
			KnownBrowser: known && core.ID(browser.ID) == account && browser.Number == f.Account.SignInEpoch,
		})
		if err != nil {
			return err
		}
		f.Required = f.Required.And(more)
	}
	if known && p.policy.Remembers() {
		if f.Remembered, err = p.isRemembered(r, browser, &f.Account, f.At); err != nil {
			return err
		}
	}
	if f.WantsUsable() {
		f.Usable, err = p.usable(r.Context(), f.Account)
	}
	return err
}

// usable lists the methods that the account could show itself with.
func (p *Provider) usable(ctx context.Context, a core.Account) ([]string, error) {
	credentials, err := p.Store.Credentials(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	usable := []string{}
	for _, m := range p.Authenticators {
		if m.Usable(a, credentials) {
			usable = append(usable, m.Method())
		}
	}
	return usable, nil
}

// membershipsAtOnce is how many are read by one statement.
const membershipsAtOnce = 100

// requiredByOrganizations is what those of the account ask for. One that is
// switched off asks for nothing: nobody signs in for it.
func (p *Provider) requiredByOrganizations(ctx context.Context, account core.ID) (core.Requirement, error) {
	var required core.Requirement
	var after core.ID
	for {
		members, err := p.Store.Memberships(ctx, account, core.MemberOfOrganization, core.PageOf{After: after, Limit: membershipsAtOnce})
		if err != nil {
			return required, err
		}
		for _, m := range members {
			o, err := p.Store.Organization(ctx, m.Of)
			if err != nil && !errors.Is(err, core.ErrNotFound) {
				return required, err
			}
			if err == nil && !o.Disabled && !o.Deleted && o.RequireSecond {
				return core.Requirement{Second: true}, nil // nothing that another could add
			}
			after = m.Of
		}
		if len(members) < membershipsAtOnce {
			return required, nil
		}
	}
}
