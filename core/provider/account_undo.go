package provider

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/web"
)

// undo is where the link leads that was mailed to an address which an account no
// longer has. Looking at it changes nothing, since mail programs look too; its button
// gives the account back to the owner of the address. The link alone opens it: who
// lost an account cannot sign in to it.
func (p *Provider) undo(w http.ResponseWriter, r *http.Request) error {
	at := p.now()
	if r.Method == http.MethodPost && web.OriginOf(r, p.origin) == web.Foreign {
		return core.PageForeign.Because(errors.New("posted by another origin"))
	}
	c, err := p.Keys.Open(r.Context(), handle.Ticket, r.PathValue("handle"))
	if err != nil {
		return unless(err, core.PageLinkUsed.Because(err))
	}
	for range maxWrites {
		account, err := p.Store.Account(r.Context(), core.ID(c.ID))
		if errors.Is(err, core.ErrNotFound) {
			return core.PageLinkUsed.Because(err)
		}
		if err != nil {
			return err
		}
		n := slices.IndexFunc(account.FormerEmails, func(f core.FormerEmail) bool { return holds(c, f.Secret) && at.Before(f.Until.Add(undoFor)) })
		if n < 0 || account.Deleted {
			return core.PageLinkUsed.Because(errors.New("used, over, or another undo came before"))
		}
		page := core.Page{
			Name: core.PageEmailUndo, Form: core.Form{Action: p.base + "/account/undo/" + r.PathValue("handle")},
			Args: map[string]any{"email": account.FormerEmails[n].Email, "done": false}, Links: map[string]string{"signin": p.base + "/account"},
		}
		if r.Method != http.MethodPost {
			p.respondPage(w, r, page)
			return nil
		}
		err = p.restoreEmail(r, at, account, n)
		if taken := (*core.ConflictError)(nil); errors.As(err, &taken) && taken.Key == "identifier" {
			return core.PageNotAllowed.Because(errors.New("another account has proven the address since"))
		}
		if errors.Is(err, core.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		page.Args["done"] = true
		p.respondPage(w, r, page)
		return nil
	}
	return core.Unavailable(errors.New("lost every race for a write"))
}

// restoreEmail gives the account its former address and takes from it all that came
// later: ways to sign in, sessions, what apps were given, and undos of later changes.
func (p *Provider) restoreEmail(r *http.Request, at time.Time, a core.Account, n int) error {
	former := a.FormerEmails[n]
	credentials, err := p.Store.Credentials(r.Context(), a.ID)
	if err != nil {
		return err
	}
	change := core.AccountChange{
		PutIdentifiers:    []core.Identifier{{Kind: core.IdentifierEmail, Value: canonicalEmail(core.Account{Profile: core.Profile{Email: former.Email}})}},
		RemoveIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: canonicalEmail(a)}},
	}
	for _, c := range credentials {
		if !c.CreatedAt.Before(former.Until) {
			change.RemoveCredentials = append(change.RemoveCredentials, c.CredentialKey)
		}
	}
	e := p.happened(r, at, core.EventEmailRestored, a.ID, "", a.ID)
	e.Version = a.Version + 1
	for _, to := range []string{former.Email, a.Email} {
		d, err := p.delivery(at, core.Letter{Name: "changed", To: to, Thing: "email", Locales: web.Locales(nil, r.Header.Get("Accept-Language"))})
		if err != nil {
			return err
		}
		e.Deliveries = append(e.Deliveries, d)
	}
	a.Email, a.EmailVerified, a.FormerEmails = former.Email, true, slices.Clone(a.FormerEmails[:n])
	a.SignInEpoch++
	a.GrantsEpoch++
	a.UpdatedAt, a.Change = at, core.NewID(at)
	change.Account = a
	if err := p.ownWrite(r, a, p.Store.UpdateAccount(r.Context(), change, e)); err != nil {
		return err
	}
	p.wakeFor([]core.Event{e})
	return nil
}

// ownWrite finds out after a lost answer whether the write of the account won.
func (p *Provider) ownWrite(r *http.Request, a core.Account, err error) error {
	if !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	if stands, readErr := p.Store.Account(r.Context(), a.ID); readErr == nil && stands.Change == a.Change {
		return nil
	}
	return err
}
