package provider

import (
	"errors"

	"github.com/keywright/keywright/core"
)

// stepFinished is where the browser stays when there is no app to go back to.
const stepFinished core.Step = "finished"

// finish ends the interaction, in the stated order: one conditional write fixes
// the outcome with the ids of what it makes; then the session, the consent, the
// grant, and the answer. Each step can be repeated from the row before it, so a
// second submit ends at the same place with the same code (CN-05, CSR06).
func (v *visit) finish() error {
	if v.need.Step == core.StepRefuse && v.i.Purpose != core.PurposeAuthorize && !v.deniesDevice() {
		return core.PageNotAllowed.Because(errors.New("the policy does not let this account in"))
	}
	if p, err := v.pending(); err != nil || p != nil {
		if err != nil {
			return err
		}
		return v.settlePending(p)
	}
	o, err := v.outcome()
	if err != nil {
		return v.refuseOutcome(err)
	}
	return v.fix(o)
}

// errOvertaken: another tab has chosen or decided since the outcome was judged.
var errOvertaken = errors.New("provider: the interaction was decided anew meanwhile")

// fix writes the outcome, unless what it was judged by no longer stands: then
// all is judged again, so that a denial kept meanwhile is never passed over.
func (v *visit) fix(o *core.Outcome) error {
	judged := v.i
	err := v.writeIf(func(i *core.Interaction) error {
		if !sameChoices(&judged, i) {
			return errOvertaken
		}
		i.Outcome, i.Finished = o, true
		return nil
	})
	switch {
	case errors.Is(err, errOvertaken):
		return v.proceed()
	case err != nil && !errors.Is(err, errMoved):
		return err
	}
	return v.complete()
}

// sameChoices says whether a person has said the same in both: who they are and
// what they agreed to.
func sameChoices(a, b *core.Interaction) bool {
	if a.Chosen != b.Chosen || !a.PickedAt.Equal(b.PickedAt) || len(a.Authentications) != len(b.Authentications) {
		return false
	}
	if a.Decision == nil || b.Decision == nil {
		return a.Decision == b.Decision
	}
	x, y := *a.Decision, *b.Decision
	x.At = y.At
	return x == y
}

// outcome is how the interaction ends, from the facts as they stand.
func (v *visit) outcome() (*core.Outcome, error) {
	o := &core.Outcome{At: v.at, Account: v.need.Account, Session: v.sessionID(v.need.Account)}
	if v.need.Step == core.StepRefuse {
		o.Error = v.need.Error
		if v.need.Partial {
			o.Session = core.ID{} // a part of a sign-in has no rights (MF-05)
		}
		return o, nil
	}
	if !v.forApp() {
		return o, nil
	}
	terms := v.p.grantTerms(&v.facts, o.Account, v.codeRandom(), v.at)
	o.Grant = &terms
	var err error
	if terms.Replaces, err = v.replaces(o); err != nil {
		return nil, err
	}
	if d := v.i.Decision; d != nil && d.Allow && d.Digest == v.facts.Shown {
		o.Consent, o.Remember = true, d.Remember
	}
	return o, v.p.judgeGrant(v.r.Context(), v.grant(o), v.facts.Client)
}

// refuseOutcome tells the client what the operator's hook refused.
func (v *visit) refuseOutcome(err error) error {
	var refused *core.OAuthError
	if !errors.As(err, &refused) {
		return err
	}
	v.p.logRefusal(v.r, route{path: "/interaction"}, string(refused.Code), err)
	o := &core.Outcome{At: v.at, Account: v.need.Account, Session: v.sessionID(v.need.Account), Error: refused.Code}
	return v.fix(o)
}

// sessionID is that of the account's session in this browser, or of one to be
// made. A session that has ended is never brought back.
func (v *visit) sessionID(account core.ID) core.ID {
	if s := live(v.facts.SignedIn, account, v.at); s != nil {
		return s.Session.ID
	}
	if len(v.i.Shown(account, v.facts.Account.SignInEpoch)) == 0 {
		return core.ID{}
	}
	return core.NewID(v.at)
}

// complete walks what follows from the outcome, however often.
func (v *visit) complete() error {
	o := v.i.Outcome
	if o == nil {
		return errors.New("provider: finished without an outcome")
	}
	if err := v.settleSession(o); err != nil {
		return err
	}
	if back, ok := v.accountURL(); ok {
		seeOther(v.w, back)
		return nil
	}
	switch {
	case v.i.Purpose == core.PurposeDevice:
		return v.completeDevice(o)
	case v.i.Purpose != core.PurposeAuthorize:
		return v.goTo(stepFinished)
	case o.Error != "":
		return v.refuse(core.Refuse(o.Error, refusalText(o.Error)))
	}
	g := v.grant(o)
	if err := v.settleClient(&g); err != nil {
		return err
	}
	if err := v.settleConsent(o); err != nil {
		return err
	}
	if err := v.settleGrant(g); err != nil {
		return err
	}
	return v.succeed(v.p.code(g.ID, v.codeRandom()))
}

// grant takes its id from the interaction, so that there is never a second one.
func (v *visit) grant(o *core.Outcome) core.Grant {
	return newGrant(v.i.ID, o.Account, o.Session, v.i.Request.Client, *o.Grant)
}

// codeRandom repeats itself: the same interaction gives the same code.
func (v *visit) codeRandom() [16]byte {
	sum := v.p.Keys.Ring().Derive("code", v.i.Random[:], v.i.ID[:])
	return [16]byte(sum[:16])
}

// settleGrant creates the grant; one that is there already is this
// interaction's own.
func (v *visit) settleGrant(g core.Grant) error {
	err := v.p.Store.CreateGrant(v.r.Context(), g, v.p.happened(v.r, v.at, core.EventGrantCreated, g.Account, g.Client, g.ID))
	if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	stands, _, readErr := v.p.Store.Grant(v.r.Context(), g.ID)
	switch {
	case readErr != nil:
		return core.Unavailable(readErr) // there or not: a repeat finds out
	case stands.Client != g.Client || stands.Account != g.Account || stands.Secret != g.Secret:
		return errors.New("provider: another grant has the interaction's id")
	}
	return nil
}

// again answers for an interaction that is finished: a repeated submit walks
// the same steps to the same answer, a GET shows that it is done.
func (v *visit) again(submitted bool) error {
	if submitted {
		return v.complete()
	}
	if v.i.Purpose == core.PurposeDevice {
		return v.drawDeviceEnd()
	}
	page := core.Page{Name: core.PageFinished, Links: map[string]string{}}
	if v.i.Outcome != nil {
		account, err := v.account(v.i.Outcome.Account)
		if err != nil {
			return err
		}
		page.Account = accountView(account)
	}
	if v.i.Purpose == core.PurposeAuthorize {
		v.facts.Client = core.Client{}
		switch app, err := v.p.knownClient(v.r.Context(), v.i.Request.Client); {
		case err == nil:
			v.facts.Client = *app
		case !errors.Is(err, core.ErrNotFound):
			return err
		}
		page.Links["app"] = httpsOnly(v.facts.Client.ClientURI)
	}
	if v.i.Purpose == core.PurposeAccount {
		page.Notices = []core.Notice{{Kind: "ok", ID: "saved", Args: map[string]any{"thing": v.actedOn()}}}
		page.Links["account"] = accountLink
		if v.i.Action == actDelete {
			page = core.Page{Name: core.PageDeleted}
		}
	}
	return v.show(stepFinished, page)
}

// refusalText helps a developer; it repeats nothing.
func refusalText(code core.ErrorCode) string {
	if code == core.AccessDenied {
		return "the person did not agree"
	}
	return ""
}
