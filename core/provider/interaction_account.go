package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// identified makes an account of who another identity provider says it is. This
// is the one place for it: what is to happen is core.ResolveIdentity, and all that
// it judges is read anew where another request was faster with a write. The
// authenticator is not asked again: what it was brought works once.
func (t *turn) identified(reply core.Identified) error {
	if err := t.checkIdentity(&reply.Identity); err != nil {
		return err
	}
	if len(reply.Identity.AMR) == 0 {
		reply.Identity.AMR = []string{"fed"}
	}
	t.identity = &reply.Identity
	var err error
	for range maxWrites {
		if t.linking() {
			err = t.linkToSignedIn(reply)
		} else {
			err = t.resolveIdentity(reply)
		}
		if !errors.Is(err, core.ErrConflict) {
			return err
		}
	}
	return core.Unavailable(err)
}

// checkIdentity wants a key that nobody but this authenticator, or this kind of
// connection, can have made.
func (t *turn) checkIdentity(id *core.Identity) error {
	kind := t.authenticator.Method()
	if t.Connection != nil {
		kind = t.Connection.Kind
	}
	switch {
	case t.Connection == nil && takesConnections(t.authenticator):
		return core.PageOld.Because(t.from(errors.New("the connection was switched off meanwhile (STA04)")))
	case id.Key.Kind != kind:
		return errors.New("provider: authenticator " + t.authenticator.Method() + " gave the identity of another kind")
	case id.Key.Handle == "" || len(id.Key.Handle) > core.MaxHandle:
		return core.PageIdentityRefused.Because(errors.New("the subject is empty or too long to be kept"))
	case !id.SessionEnds.IsZero() && !t.at.Before(id.SessionEnds):
		return core.PageIdentityRefused.Because(errors.New("the other identity provider has ended the session already"))
	}
	return nil
}

// resolveIdentity does what the rule says.
func (t *turn) resolveIdentity(reply core.Identified) error {
	f, linked, err := t.identityFacts(reply.Identity)
	if err != nil {
		return err
	}
	step := core.ResolveIdentity(f)
	if t.Purpose != core.TurnSignIn && (step.Act != core.IdentityKnown || step.Account != t.Account.ID) {
		return t.refuseIdentity(reply, "it is not the identity of the account that was to be shown")
	}
	switch step.Act {
	case core.IdentityKnown:
		return t.byLink(reply, linked, f.Linked)
	case core.IdentityLink:
		return t.linkAndSignIn(reply, step.Account)
	case core.IdentityCreate:
		return t.createFrom(reply, step.Proven)
	case core.IdentityAsk:
		return t.askAboutIdentity(reply, step)
	default:
		return t.refuseIdentity(reply, step.Reason)
	}
}

// identityFacts reads what the rule looks at.
func (t *turn) identityFacts(id core.Identity) (core.IdentityFacts, core.Credential, error) {
	f := core.IdentityFacts{Identity: id, MayCreate: t.mayCreate() && t.Account.ID.IsZero(), Unsolicited: t.i.Action == actionUnsolicited}
	ctx := t.r.Context()
	linked, err := t.p.Store.Credential(ctx, id.Key)
	if err == nil {
		f.Linked, err = t.p.Store.Account(ctx, linked.Account)
		return f, linked, err
	}
	if !errors.Is(err, core.ErrNotFound) {
		return f, linked, err
	}
	address, err := mailaddress.Canonical(id.Profile.Email)
	if err == nil {
		f.Addressed = true
		err := t.newcomer().holderOf(ctx, &f, address)
		if t.saw(f.Holder); err != nil {
			return f, linked, err
		}
	}
	f.Answer, err = t.newcomer().askHook(ctx, id, f.Holder.ID)
	return f, linked, err
}

// stronger says whether one of the credentials is of a way that can be a second
// factor.
func (p *Provider) stronger(all []core.Credential) bool {
	for _, c := range all {
		for _, a := range p.Authenticators {
			if a.Method() == c.Kind && serves(a, core.TurnSecond) {
				return true
			}
		}
	}
	return false
}

// mayCreate says whether accounts may be made of identities that come this way.
func (t *turn) mayCreate() bool {
	if t.Connection != nil {
		return t.p.SignUp && t.Connection.JustInTime
	}
	return t.p.SignUp && t.p.JustInTime
}

// refuseIdentity turns the person away, and says why in the log.
func (t *turn) refuseIdentity(reply core.Identified, reason string) error {
	keep := reply.Keep
	keep.Events = append(slices.Clone(keep.Events), core.Event{Name: core.EventIdentityRefused, EventTerms: core.EventTerms{
		Reason: reason, More: map[string]string{"method": t.authenticator.Method(), "issuer": reply.Identity.Issuer},
	}})
	if err := t.keep(keep, nil); err != nil {
		return err
	}
	return core.PageIdentityRefused.Because(t.from(errors.New(reason)))
}
