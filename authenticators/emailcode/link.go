package emailcode

import (
	"context"
	"encoding/json"

	"github.com/keywright/keywright/core"
)

// beginLink draws the page that the link leads to. Looking at it uses nothing up,
// so a scanner of mail may (MAG01, MAG10).
func (a *Authenticator) beginLink(t core.Turn) (core.Reply, error) {
	r, err := redeemable(t)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: a.linkPage(t, r)}, nil
}

// foreign: the link was opened in another browser than the one that asked for it,
// or after that sign-in was over.
func foreign(t core.Turn) bool { return t.Ticket.Interaction != t.Interaction }

func (a *Authenticator) linkPage(t core.Turn, r recipient, problems ...*core.Problem) core.Page {
	elsewhere := foreign(t)
	return withProblems(core.Page{
		Name: PageLink, Account: &core.AccountView{Name: t.Account.Name, Email: r.Email},
		Args:  map[string]any{"elsewhere": elsewhere, "may": !elsewhere || a.options.OtherBrowser},
		Links: map[string]string{"signin": string(core.StepSignIn)},
	}, problems...)
}

// link is the button on that page. Another browser is signed in only where that is
// allowed, and by a button that says so.
func (a *Authenticator) link(ctx context.Context, t core.Turn) (core.Reply, error) {
	r, err := redeemable(t)
	if err != nil {
		return nil, err
	}
	page := a.linkPage(t, r)
	if foreign(t) && (!a.options.OtherBrowser || t.Form.Get("here") == "") {
		page.Status = 403
		return core.Refused{Page: page}, nil
	}
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	return a.proven(ctx, t, proof{recipient: r, page: page, notes: n, byLink: true})
}

// redeemable reads whom a link is for, if it is good: of our kind, in time, not
// used by anybody else. Everything else is told alike (MAG04, MAG05).
func redeemable(t core.Turn) (recipient, error) {
	var r recipient
	k := t.Ticket
	if k == nil || k.Kind != ticketSignIn || !t.At.Before(k.Ends) || k.Spent && k.SpentBy != t.Interaction {
		return r, core.PageLinkUsed
	}
	if err := json.Unmarshal(k.Body, &r); err != nil {
		return r, core.PageLinkUsed.Because(err)
	}
	return r, nil
}
