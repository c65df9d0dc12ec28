package provider

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/web"
)

const (
	noteLabel  = "interaction note"
	shortLabel = "short code"
)

// turn is one call of an authenticator, with what the provider must know of it
// afterwards.
type turn struct {
	*visit
	core.Turn
	authenticator core.Authenticator
	epochs        map[core.ID]uint64 // sign-in epochs as read before a secret was checked
	reserved      []core.Hash
	sealedNotes   []byte               // the authenticator's, as this turn was given them
	identity      *core.Identity       // that another identity provider has named, if one has
	stored        bool                 // an account was written: what follows from it has to stand
	answered      bool                 // what a new account needs is known, and it may be made
	shownBefore   *core.Authentication // of an account that waited for its owner's answers
	gone          []core.Credential    // that this turn removes, to be revoked elsewhere
}

// runStep asks the authenticator that owns the step and does what it decides. A
// write that another request was faster with is decided again.
func (v *visit) runStep(step core.Step, form url.Values) error {
	for range maxWrites {
		t, err := v.newTurn(step, form)
		if err != nil {
			return err
		}
		var reply core.Reply
		if form == nil {
			reply, err = t.authenticator.Begin(v.r.Context(), t.Turn)
		} else {
			reply, err = t.authenticator.Continue(v.r.Context(), t.Turn)
		}
		var throttled *core.Throttled
		if errors.As(err, &throttled) {
			return core.PageBusy.Because(throttled)
		}
		if err == nil {
			err = t.apply(reply)
		}
		switch {
		case errors.Is(err, errMoved):
			return v.again(form != nil)
		case !errors.Is(err, core.ErrConflict):
			return err
		}
		if err := v.refresh(); err != nil {
			return err
		}
		switch {
		case v.i.Finished:
			return v.again(form != nil)
		case v.done():
			return v.finish()
		case !v.allowed(step):
			return v.goTo(v.entry())
		}
	}
	return core.Unavailable(errors.New("lost every race for a write"))
}

// refresh reads the interaction and the facts again.
func (v *visit) refresh() error {
	fresh, err := v.p.Store.Interaction(v.r.Context(), v.i.ID)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageOld.Because(err)
	}
	if err != nil {
		return err
	}
	v.i = fresh
	return v.look()
}

// newTurn is all that the authenticator may know.
func (v *visit) newTurn(step core.Step, form url.Values) (*turn, error) {
	t := &turn{visit: v, authenticator: v.p.steps[step], epochs: map[core.ID]uint64{}}
	t.Turn = core.Turn{
		Issuer: v.p.Issuer, Purpose: v.purpose(), Step: step, At: v.at, Interaction: v.i.ID,
		Request: v.asked(), Returned: v.returned,
		Identifier: v.i.Identifier, Action: v.i.Action, Form: form, Locales: v.i.Locales, Brand: v.p.Brand,
		Address: web.Address(v.r, v.p.TrustedProxies),
		Find:    finder{storeFinder{v.p}, t}, Reserve: t.reserve, Hash: t.hash, Link: t.link,
		State: func() string { return v.p.newState(v.i.ID) },
		Seal:  v.p.Keys.Seal, Open: v.unseal, Once: v.p.once,
	}
	t.MultiFactor = t.wantsMultiFactor()
	if t.Purpose != core.TurnSignIn || v.need.Fresh && v.i.Identifier == "" {
		t.Account = v.facts.Account
		t.saw(v.facts.Account)
	}
	if sealed, ok := v.i.Notes[t.authenticator.Method()]; ok {
		notes, err := v.p.Keys.Unseal(v.r.Context(), noteLabel, sealed)
		if err != nil {
			return nil, err
		}
		t.Notes, t.sealedNotes = notes, sealed
	}
	err := t.useTicket()
	if err == nil {
		err = t.useInvitation()
	}
	if err == nil {
		err = t.useConnection()
	}
	if err == nil && form != nil {
		t.KnownFor, err = v.knownFor()
	}
	return t, err
}

// asked is what an authenticator reads of the request. Signing in to manage an account
// has to be new, also at another identity provider, whatever was typed on the way
// (SE-09).
func (v *visit) asked() *core.AuthorizationRequest {
	if v.i.Purpose != core.PurposeAccount || v.purpose() != core.TurnSignIn {
		return &v.i.Request
	}
	q := v.i.Request
	q.Prompt = append(slices.Clone(q.Prompt), core.PromptLogin)
	return &q
}

// knownFor lists the accounts that have signed in at this browser and have not
// signed out everywhere since.
func (v *visit) knownFor() ([]core.ID, error) {
	var known []core.ID
	for _, s := range v.facts.SignedIn {
		if s.Session.SignInEpoch == s.Account.SignInEpoch {
			known = append(known, s.Account.ID)
		}
	}
	last := core.ID(v.browser.ID)
	if last.IsZero() {
		return known, nil
	}
	a, err := v.p.Store.Account(v.r.Context(), last)
	if err == nil && a.SignInEpoch == v.browser.Number {
		known = append(known, last)
	}
	if errors.Is(err, core.ErrNotFound) {
		err = nil
	}
	return known, err
}

// saw keeps the first sign-in epoch read of an account: what is shown after it
// counts under that one, so that a reset in between voids it.
func (t *turn) saw(a core.Account) {
	if _, ok := t.epochs[a.ID]; !ok && !a.ID.IsZero() {
		t.epochs[a.ID] = a.SignInEpoch
	}
}

func (t *turn) reserve(_ context.Context, limits ...core.NamedLimit) error {
	until, err := t.p.take(t.r, t.at, limits)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		return &core.Throttled{Until: until}
	}
	for _, l := range limits {
		t.reserved = append(t.reserved, t.p.limitKey(l.Parts))
	}
	return nil
}

// unseal opens what authenticators sealed.
func (v *visit) unseal(label string, sealed []byte) ([]byte, error) {
	return v.p.Keys.Unseal(v.r.Context(), label, sealed)
}

func (t *turn) hash(parts ...string) []core.Hash {
	sums := t.p.Keys.Ring().DeriveAll(shortLabel, byteParts(parts)...)
	out := make([]core.Hash, len(sums))
	for i, s := range sums {
		out[i] = s
	}
	return out
}

func (t *turn) link(path string, ticket *core.Ticket) string {
	c := handle.Content{ID: ticket.ID, Number: uint64(ticket.Ends.Unix()), Random: handle.NewRandom()}
	ticket.Secret, ticket.Interaction = c.Digest(), t.i.ID
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return t.p.url(linkPath(path, t.p.Keys.Ring().Mint(handle.Ticket, c)))
}

// storeFinder reads what an authenticator may.
type storeFinder struct{ p *Provider }

// ByIdentifier finds an account.
func (f storeFinder) ByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	return f.p.Store.AccountByIdentifier(ctx, i)
}

// Credential finds a credential.
func (f storeFinder) Credential(ctx context.Context, k core.CredentialKey) (core.Credential, error) {
	return f.p.Store.Credential(ctx, k)
}

// Credentials lists an account's.
func (f storeFinder) Credentials(ctx context.Context, account core.ID) ([]core.Credential, error) {
	return f.p.Store.Credentials(ctx, account)
}

// finder is a storeFinder of a turn: it notes the epochs of what it finds.
type finder struct {
	storeFinder
	t *turn
}

// ByIdentifier finds an account.
func (f finder) ByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	a, err := f.storeFinder.ByIdentifier(ctx, i)
	if err == nil {
		f.t.saw(a)
	}
	return a, err
}
