package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/keywright/keywright/core"
)

// ticketInvitation is the kind of an invitation's link.
const ticketInvitation = "invitation"

// invitationBody is what an invitation is to.
type invitationBody struct {
	Email        string   `json:"email"` // as the operator wrote it
	Value        string   `json:"value"` // canonical
	Organization core.ID  `json:"organization,omitzero"`
	Name         string   `json:"name,omitempty"` // of the organization
	Roles        []string `json:"roles,omitempty"`
}

// invitation is an open one with its link.
type invitation struct {
	ticket core.Ticket
	body   invitationBody
}

// readInvitation reads a ticket that is an invitation; nil for any other.
func readInvitation(t *core.Ticket) (*invitation, error) {
	if t == nil || t.Kind != ticketInvitation {
		return nil, nil
	}
	i := &invitation{ticket: *t}
	if err := json.Unmarshal(t.Body, &i.body); err != nil {
		return nil, fmt.Errorf("provider: invitation: %w", err)
	}
	return i, nil
}

// openInvitation is the one that this interaction came by, if it is still good.
func (v *visit) openInvitation() (*invitation, error) {
	if v.i.Ticket.IsZero() {
		return nil, nil
	}
	t, err := v.p.Store.Ticket(v.r.Context(), v.i.Ticket)
	if errors.Is(err, core.ErrNotFound) || err == nil && (t.Spent && t.SpentBy != v.i.ID || !v.at.Before(t.Ends)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readInvitation(&t)
}

// invited says whether an invitation has led here, so that an account may be made
// although nobody else may. What cannot be read opens nothing.
func (v *visit) invited() bool {
	i, err := v.openInvitation()
	return err == nil && i != nil
}

// bind makes the invitation's proof of the address, and its membership, part of a
// new account. One that has another address is not whom it was sent to: false.
func (i *invitation) bind(change *core.AccountChange) bool {
	if i == nil {
		return false
	}
	a := &change.Account
	at := slices.IndexFunc(change.PutIdentifiers, func(n core.Identifier) bool { return n.Kind == core.IdentifierEmail })
	switch {
	case at >= 0 && change.PutIdentifiers[at].Value != i.body.Value, a.Email != "" && canonicalEmail(*a) != i.body.Value:
		return false
	case at < 0:
		change.PutIdentifiers = append(change.PutIdentifiers, core.Identifier{Kind: core.IdentifierEmail, Value: i.body.Value})
	}
	if a.Email == "" {
		a.Email = i.body.Email
	}
	a.EmailVerified = true
	i.join(change)
	return true
}

// join adds the membership that the invitation is to.
func (i *invitation) join(change *core.AccountChange) {
	if i.body.Organization.IsZero() {
		return
	}
	key := core.MembershipKey{Kind: core.MemberOfOrganization, Of: i.body.Organization}
	for n := range change.PutMemberships {
		if m := &change.PutMemberships[n]; m.MembershipKey == key {
			for _, role := range i.body.Roles {
				if !slices.Contains(m.Roles, role) {
					m.Roles = append(m.Roles, role)
				}
			}
			return
		}
	}
	m := core.Membership{MembershipKey: key, Account: change.Account.ID}
	m.Roles, m.CreatedAt, m.By = i.body.Roles, change.Account.UpdatedAt, i.ticket.ID
	change.PutMemberships = append(change.PutMemberships, m)
}

// arriveInvited is where an invitation's link leads. Opening it uses nothing up.
func (p *Provider) arriveInvited(w http.ResponseWriter, r *http.Request) error {
	return p.arriveByLink(w, r, core.Arrival{Step: core.StepInvitation, Ticket: r.PathValue("handle")})
}

// invitedTo reads the invitation of a turn with the account that has its address, if
// there is one. The link has proven the address: this tells its owner nothing new.
func (p *Provider) invitedTo(ctx context.Context, t core.Turn) (*invitation, core.Account, error) {
	i, err := readInvitation(t.Ticket)
	if err == nil && i == nil {
		err = core.PageLinkUsed.Because(errors.New("no invitation"))
	}
	if err != nil {
		return nil, core.Account{}, err
	}
	a, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: i.body.Value})
	if errors.Is(err, core.ErrNotFound) || err == nil && a.Deleted {
		return i, core.Account{}, nil
	}
	return i, a, err
}

func (p *Provider) beginInvitation(ctx context.Context, t core.Turn) (core.Reply, error) {
	i, a, err := p.invitedTo(ctx, t)
	if err != nil {
		return nil, err
	}
	page := core.Page{Name: core.PageInvitation, Args: map[string]any{"email": i.body.Email, "there": !a.ID.IsZero()}}
	if i.body.Name != "" {
		page.Args["organization"] = i.body.Name
	}
	return core.Show{Page: page}, nil
}

// acceptInvitation joins the account that has the address, or leads to making one.
// An account whose address nobody had proven was not made by its owner: what was set
// up in it goes (RP-12).
func (p *Provider) acceptInvitation(ctx context.Context, t core.Turn) (core.Reply, error) {
	i, a, err := p.invitedTo(ctx, t)
	if err != nil {
		return nil, err
	}
	keep := core.Keep{Identifier: i.body.Email}
	switch {
	case a.ID.IsZero() && p.steps[core.StepSignUp] != nil:
		return core.GoTo{Step: core.StepSignUp, Keep: keep}, nil
	case a.ID.IsZero():
		return core.GoTo{Step: core.StepSignIn, Keep: keep}, nil
	case a.Disabled:
		return nil, core.PageNotAllowed.Because(errors.New("an invited account that is switched off"))
	}
	change := core.AccountChange{Account: a}
	if !a.EmailVerified {
		all, err := t.Find.Credentials(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			change.RemoveCredentials = append(change.RemoveCredentials, c.CredentialKey)
		}
		change.Account.EmailVerified = true
	}
	memberships, err := p.roles(ctx, a.ID, i)
	if err != nil {
		return nil, err
	}
	change.PutMemberships = memberships
	i.join(&change)
	keep.Events = []core.Event{{Name: core.EventInvitationAccepted}}
	return core.Enrolled{
		Change: change, SpendTicket: true, EndSessions: !a.EmailVerified, EndGrants: !a.EmailVerified, Keep: keep,
	}, nil
}

// roles is the membership that the account has already where it is invited to, so
// that an invitation adds to it.
func (p *Provider) roles(ctx context.Context, account core.ID, i *invitation) ([]core.Membership, error) {
	const page = 100
	for after := (core.ID{}); ; {
		rows, err := p.Store.Memberships(ctx, account, core.MemberOfOrganization, core.PageOf{After: after, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			if after = m.Of; m.Of == i.body.Organization {
				return []core.Membership{m}, nil
			}
		}
		if len(rows) < page {
			return nil, nil
		}
	}
}

// useInvitation tells the turn which address an invitation has proven.
func (t *turn) useInvitation() error {
	i, err := t.openInvitation()
	if err == nil && i != nil {
		t.Invited = i.body.Value
	}
	return err
}
