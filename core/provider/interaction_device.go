package provider

import (
	"errors"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
	"github.com/keywright/keywright/internal/shortcode"
)

// noteUserCode holds the code that was typed, so that the page can show what the
// device must show.
const noteUserCode = "user code"

// forApp says whether an application waits for the end of the interaction.
func (v *visit) forApp() bool {
	return v.i.Purpose == core.PurposeAuthorize || v.i.Purpose == core.PurposeDevice
}

// lookAtDevice reads the grant that waits, as it stands now. One that somebody
// else has taken is not for this account to open or answer (DEV05).
func (v *visit) lookAtDevice(account core.ID) error {
	g, _, err := v.p.Store.Grant(v.r.Context(), v.i.Device)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageDeviceOver.Because(v.from(err))
	}
	if err != nil {
		return err
	}
	switch {
	case g.State != core.GrantWaiting:
		return core.PageDeviceOver.Because(v.from(errors.New("the device has its answer")))
	case !v.at.Before(g.CodeEnds):
		return core.PageDeviceOver.Because(v.from(errors.New("the device code is over by time")))
	case !mayAskByDevice(&v.facts.Client):
		return core.PageAppOff.Because(v.from(errors.New("the client may not use the device grant any more")))
	case !g.Account.IsZero() && !account.IsZero() && g.Account != account:
		return core.PageNotAllowed.Because(v.from(errors.New("another account has taken the device code")))
	}
	v.device = g
	return nil
}

// drawDeviceConfirm asks whether the device is the person's own: it names the
// app, what it will be able to do, and where and when it asked (DV-04).
func (v *visit) drawDeviceConfirm(problem string) error {
	var code string
	if _, err := v.readNote(noteUserCode, &code); err != nil {
		return err
	}
	page := core.Page{
		Name: core.PageDeviceAsk, Account: accountView(v.facts.Account), Consent: v.consentView(),
		Form: core.Form{Hidden: map[string]string{"digest": hexOf(v.facts.Shown)}},
		Args: map[string]any{
			"code": shortcode.SpellLetters(code), "from": v.device.AskedFrom, "duration": v.at.Sub(v.device.CreatedAt),
			"here": v.device.AskedFrom != "" && v.device.AskedFrom == web.Address(v.r, v.p.TrustedProxies) && web.AddressIsOwn(v.r, v.p.TrustedProxies),
		},
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
		page.Problems = []core.Problem{{ID: problem}}
	}
	return v.show(core.StepConsent, page)
}

// deniesDevice says that the person pressed no: the device is told. Whom the
// policy turns away leaves it waiting, for it may be somebody else's.
func (v *visit) deniesDevice() bool {
	d := v.i.Decision
	return v.i.Purpose == core.PurposeDevice && d != nil && !d.Allow && d.Digest == v.facts.Shown
}

// stillRemembered keeps an answer that was remembered for the app's own sign-in:
// agreeing to a device says nothing about it.
func (v *visit) stillRemembered(c core.Consent, o *core.Outcome, access []core.Access) *core.Outcome {
	kept := *o
	kept.Remember = c.Remembered && c.ClientHash == o.Grant.ClientHash && core.Within(access, c.Access)
	return &kept
}

// completeDevice gives the device its answer: the consent first, then the grant
// goes to the person and to what they said in one conditional write. A repeat
// finds its own answer there.
func (v *visit) completeDevice(o *core.Outcome) error {
	if o.Error == "" {
		if err := v.settleConsent(o); err != nil {
			return err
		}
	}
	g, s, err := v.p.Store.Grant(v.r.Context(), v.i.Device)
	if err == nil {
		var d core.Decision
		d, err = core.ApplyGrant(v.r.Context(), v.p.Store, g, s, v.p.Tools.Now, v.answerDevice, v.deviceEvents)
		if err == nil && d.Refusal != "" {
			err = core.PageDeviceOver.Because(v.from(errRefused(d.Refusal)))
		}
	}
	if errors.Is(err, core.ErrNotFound) {
		return core.PageDeviceOver.Because(v.from(err))
	}
	if err != nil {
		return err
	}
	return v.goTo(stepFinished)
}

// answerDevice claims the grant for the person and decides it. Both are one
// write, so that nobody can come between them (DEV04, CVE-2026-45337).
func (v *visit) answerDevice(g core.Grant, _ core.Standing) core.Decision {
	o := v.i.Outcome
	if answeredBy(&g, o) {
		return core.Decision{Grant: g}
	}
	d := g.Claim(o.Account, o.Session, v.at)
	if d.Refusal != "" {
		return d
	}
	d.Grant.AskedFrom = ""
	if o.Error != "" {
		return d.Grant.Deny()
	}
	if late := v.at.Add(leastToHear); d.Grant.CodeEnds.Before(late) {
		d.Grant.CodeEnds = late
	}
	return d.Grant.Approve(core.Approval{
		At: v.at, Account: o.Account, Access: o.Grant.Access, AMR: o.Grant.AMR, ACR: o.Grant.ACR,
		AuthTime: o.Grant.AuthTime, Offline: o.Grant.Offline, Epochs: o.Grant.Epochs,
	})
}

// answeredBy says whether what stands is the outcome's own doing.
func answeredBy(g *core.Grant, o *core.Outcome) bool {
	if g.Account != o.Account || g.Session != o.Session {
		return false
	}
	if o.Error != "" {
		return g.State == core.GrantDenied
	}
	return g.State == core.GrantApproved || g.State == core.GrantActive
}

func (v *visit) deviceEvents(d core.Decision) []core.Event {
	e := v.p.happened(v.r, v.at, core.EventGrantCreated, d.Grant.Account, d.Grant.Client, d.Grant.ID)
	e.Version = d.Grant.Version + 1
	if d.Grant.State == core.GrantDenied {
		e.Name, e.Reason = core.EventGrantRevoked, d.Grant.Reason
	}
	return []core.Event{e}
}

// drawDeviceEnd says what became of the device: what stands, not what was
// pressed.
func (v *visit) drawDeviceEnd() error {
	app, err := v.p.findClient(v.r.Context(), v.i.Request.Client)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	v.facts.Client = app
	g, _, err := v.p.Store.Grant(v.r.Context(), v.i.Device)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	if err != nil || v.i.Outcome == nil || !answeredBy(&g, v.i.Outcome) {
		return core.PageDeviceOver.Because(v.from(errors.New("the device was not answered from here")))
	}
	page := core.Page{Name: core.PageDeviceDone, Links: map[string]string{"account": accountLink}}
	if g.State == core.GrantDenied {
		page.Name = core.PageDeviceNot
	}
	account, err := v.account(v.i.Outcome.Account)
	if err != nil {
		return err
	}
	page.Account = accountView(account)
	return v.show(stepFinished, page)
}
