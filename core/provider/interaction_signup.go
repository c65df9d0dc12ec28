package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/keywright/keywright/core"
)

// profileMethod names the notes of an account that waits for its owner's answers.
const profileMethod = "profile"

// heldSignUp is an account as an authenticator would make it, before what else is
// asked has been answered. Nothing exists yet but these notes, sealed.
type heldSignUp struct {
	Change core.AccountChange `json:"change"`
	// Shown is the sign-in as it happened, of which the account comes.
	Shown core.Authentication `json:"shown"`
	// Named: another provider has named the person, and whether an account may be
	// made of that was judged.
	Named   bool          `json:"named,omitempty"`
	Events  []core.Event  `json:"events,omitempty"`
	Letters []core.Letter `json:"letters,omitempty"`
}

// signedUp is a held account with its answers. It is a reply only the provider
// itself can give.
type signedUp struct {
	core.GoTo
	held *heldSignUp
	// there says that the account exists: the answer to an earlier attempt was lost.
	there bool
}

func parseHeld(notes []byte) (*heldSignUp, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	var h *heldSignUp
	if err := json.Unmarshal(notes, &h); err != nil {
		return nil, fmt.Errorf("provider: notes of a sign-up: %w", err)
	}
	return h, nil
}

// asksMore says whether there is anything to answer before an account is made.
func (p *Provider) asksMore() bool { return len(p.SignUpFields) > 0 || p.Terms.Version != "" }

// signUp is the one place through which every account comes that a person makes,
// whatever the authenticator: allowed here at all, then asked what else is to be
// known, then judged by the hook, then written.
func (t *turn) signUp(reply core.Enrolled) error {
	invitation, err := t.openInvitation()
	if err != nil {
		return err
	}
	invited := invitation.bind(&reply.Change)
	if !t.p.SignUp && !invited && t.identity == nil { // an identity's account was judged where it was read
		return core.PageSignUpClosed.Because(errors.New("no sign-up and no invitation to this address"))
	}
	shown := t.authentication(reply.Change.Account.ID, reply.AMR, reply.Change.Account.SignInEpoch)
	held := &heldSignUp{Change: reply.Change, Shown: shown, Named: t.identity != nil, Events: reply.Events, Letters: reply.Letters}
	if t.p.asksMore() {
		return t.hold(held, reply.Keep, func() error { return t.goTo(core.StepProfile) })
	}
	problem, err := t.judgeSignUp(&reply.Change)
	if err != nil {
		return err
	}
	if problem != nil {
		return t.hold(held, reply.Keep, func() error { return t.showProfile(held, problem) })
	}
	return t.makeAccount(reply, invited)
}

// hold keeps an account until more is known.
func (t *turn) hold(held *heldSignUp, k core.Keep, then func() error) error {
	b, err := json.Marshal(held)
	if err != nil {
		return fmt.Errorf("provider: notes of a sign-up: %w", err)
	}
	sealed, err := t.p.Keys.Seal(noteLabel, b)
	if err != nil {
		return err
	}
	k.Events, k.Letters = nil, nil // they go with the account
	err = t.keep(k, func(i *core.Interaction) {
		if i.Notes == nil {
			i.Notes = map[string][]byte{}
		}
		i.Notes[profileMethod] = sealed
	})
	if err != nil {
		return err
	}
	return then()
}

// showProfile draws the page of the held account with what the hook refused.
func (t *turn) showProfile(held *heldSignUp, problem *core.Problem) error {
	page := t.p.profilePage(held, t.Form, *problem)
	page.Status = http.StatusUnprocessableEntity
	return t.visit.show(core.StepProfile, page)
}

// judgeSignUp asks the operator's hook, which may add to the account but not turn
// it into another one.
func (t *turn) judgeSignUp(change *core.AccountChange) (*core.Problem, error) {
	hook := t.p.Hooks.SignUp
	if hook == nil {
		return nil, nil
	}
	q := core.SignUpQuestion{Change: *change, Method: t.authenticator.Method(), Client: t.i.Request.Client}
	invitation, err := t.openInvitation()
	if err != nil {
		return nil, err
	}
	if invitation != nil {
		q.Organization = invitation.body.Organization
	}
	judged, err := hook(t.r.Context(), q)
	var mend *core.ProblemError
	switch {
	case errors.As(err, &mend):
		return &mend.Problem, nil
	case err != nil:
		return nil, err
	case judged.Account.ID != change.Account.ID || judged.Account.Deleted:
		return nil, errors.New("provider: Hooks.SignUp gave another account back")
	}
	*change = judged
	return nil, nil
}

// makeAccount writes the account; the invitation is used up first, by a write that
// names this interaction.
func (t *turn) makeAccount(reply core.Enrolled, invited bool) error {
	if invited {
		ticket, err := t.openInvitation()
		if err != nil {
			return err
		}
		t.Ticket, reply.SpendTicket = &ticket.ticket, true
		reply.Events = append(reply.Events, core.Event{Name: core.EventInvitationAccepted})
	}
	t.answered = true
	return t.enrolled(reply)
}

// completeSignUp makes a held account, as the authenticator would have that it came
// by.
func (t *turn) completeSignUp(reply signedUp) error {
	held := reply.held
	if t.authenticator = t.p.authenticatorOf(held.Shown.Method); t.authenticator == nil {
		return core.PageOld.Because(errors.New("the authenticator is not there any more"))
	}
	if ok, err := t.p.stands(t.r.Context(), standings{}, held.Shown); !ok || err != nil {
		if err == nil {
			err = core.PageOld.Because(t.from(errors.New("the connection has ended meanwhile (STA04)")))
		}
		return err
	}
	t.shownBefore = &held.Shown
	if id := held.Shown.Connection; !id.IsZero() {
		t.Connection = &core.Connection{ID: id, Epoch: held.Shown.ConnectionEpoch}
	}
	if reply.there {
		return t.authenticated(core.Authenticated{Account: held.Change.Account.ID, AMR: held.Shown.AMR})
	}
	invitation, err := t.openInvitation()
	if err != nil {
		return err
	}
	invited := invitation.bind(&held.Change)
	if !t.p.SignUp && !invited && !held.Named {
		return core.PageSignUpClosed.Because(errors.New("the invitation is gone"))
	}
	problem, err := t.judgeSignUp(&held.Change)
	if err != nil {
		return err
	}
	if problem != nil {
		return t.showProfile(held, problem)
	}
	return t.makeAccount(core.Enrolled{
		New: true, Change: held.Change, AMR: held.Shown.AMR, Keep: core.Keep{Events: held.Events, Letters: held.Letters},
	}, invited)
}

// taken says whether somebody else has what the held account would be known by.
func (p *Provider) taken(ctx context.Context, change *core.AccountChange) (bool, error) {
	for _, i := range change.PutIdentifiers {
		if a, err := p.Store.AccountByIdentifier(ctx, i); err == nil && a.ID != change.Account.ID {
			return true, nil
		} else if err != nil && !errors.Is(err, core.ErrNotFound) {
			return false, err
		}
	}
	for _, c := range change.PutCredentials {
		if stands, err := p.Store.Credential(ctx, c.CredentialKey); err == nil && stands.Account != change.Account.ID {
			return true, nil
		} else if err != nil && !errors.Is(err, core.ErrNotFound) {
			return false, err
		}
	}
	return false, nil
}
