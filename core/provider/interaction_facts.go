package provider

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// look loads anew all that Next judges, and asks it.
func (v *visit) look() error {
	f := v.p.facts(v.i.Purpose, v.i.Request, v.at)
	f.Interaction = &v.i
	err := v.dropEnded()
	if err != nil {
		return err
	}
	if f.SignedIn, err = v.p.signedIn(v.r, v.at); err != nil {
		return err
	}
	v.facts = f
	account := v.facts.InQuestion()
	if v.facts.Account, err = v.account(account); err != nil {
		return err
	}
	if err := v.lookAtOrganization(); err != nil {
		return err
	}
	if v.forApp() {
		if err := v.lookAtClient(account); err != nil {
			return err
		}
	}
	if err := v.p.strengthen(v.r, &v.facts); err != nil {
		return err
	}
	v.need = v.needed()
	return v.lookAtWays()
}

// account reads one account; the zero one where there is none.
func (v *visit) account(id core.ID) (core.Account, error) {
	if id.IsZero() {
		return core.Account{}, nil
	}
	for _, s := range v.facts.SignedIn {
		if s.Account.ID == id {
			return s.Account, nil
		}
	}
	a, err := v.p.Store.Account(v.r.Context(), id)
	if errors.Is(err, core.ErrNotFound) {
		return core.Account{}, nil
	}
	return a, err
}

// lookAtClient loads the client as it stands now, and the consent. A client
// that was switched off, or no longer has the redirect URI, gets nothing.
func (v *visit) lookAtClient(account core.ID) error {
	client, err := v.p.findClient(v.r.Context(), v.i.Request.Client)
	if err != nil {
		return clientFault(err)
	}
	v.facts.Client = client
	if !account.IsZero() {
		if err := v.p.loadConsent(v.r.Context(), &v.facts, account); err != nil {
			return err
		}
	}
	f := &v.facts
	if f.Client.Disabled || f.Client.Deleted {
		return switchedOff(&f.Client)
	}
	f.ClientHash, f.Unapproved = f.Client.Digest(), v.p.unapproved(&f.Client)
	if v.i.Purpose == core.PurposeDevice {
		if err := v.lookAtDevice(account); err != nil {
			return err
		}
	} else if f.ClientHash != v.i.ClientHash && !v.p.stillRegistered(f.Client, v.i.Request.RedirectURI) {
		return core.PageAppAddress.Because(errors.New("the client no longer has this redirect URI"))
	}
	f.Remembers = remembers(f.Client, v.i.Request.RedirectURI)
	v.p.keepHeld(f, account)
	f.Shown = shown(f, account)
	return nil
}

// loadConsent reads the consent and how the client stands, in one statement,
// and the client again if it changed since it was cached.
func (p *Provider) loadConsent(ctx context.Context, f *core.Facts, account core.ID) error {
	consent, standing, err := p.Store.Consent(ctx, account, f.Client.ID)
	if err != nil {
		return err
	}
	client, err := p.currentClient(ctx, f.Client, standing)
	if err != nil {
		return clientFault(err)
	}
	if standing.Disabled {
		return switchedOff(&client)
	}
	f.Consent, f.Client = consent, client
	f.Remembers = remembers(client, f.Request.RedirectURI)
	return nil
}

// remembers says whether an answer may be given again without asking: not to a
// client whose identity nothing but a loopback or private-use address vouches
// for (BB-02), and not to one that registered itself: nothing tells it apart from
// the next.
func remembers(c core.Client, redirectURI string) bool {
	return c.Lane != core.LaneDCR && (!c.Public() || redirecturi.IsHTTPS(redirectURI))
}

func (p *Provider) stillRegistered(c core.Client, uri string) bool {
	emitted, ok := p.redirects().Match(c.RedirectURIs, uri, freePort(&c, uri))
	return ok && emitted == uri
}

// shown is the digest of what the consent page tells the person: a decision
// counts only while it stays the same (CN-04).
func shown(f *core.Facts, account core.ID) core.Hash {
	b, err := json.Marshal(struct {
		Account  core.ID
		Client   string
		Hash     core.Hash
		Access   []core.Access
		Redirect string
		Claims   string
		Epoch    uint64
		Lasts    bool `json:",omitempty"`
	}{account, f.Client.ID, f.ClientHash, f.Request.Access, f.Request.RedirectURI, f.Request.Claims, f.Consent.Epoch, f.Client.LongLived()})
	if err != nil {
		return core.Hash{} // cannot be: all of it came from JSON
	}
	return sha256.Sum256(b)
}
