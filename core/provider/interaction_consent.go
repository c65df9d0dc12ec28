package provider

import (
	"encoding/hex"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// drawConsent shows what the app asks for, of whom, and where the browser goes
// next (CN-02).
func (v *visit) drawConsent(problem string) error {
	if v.i.Purpose == core.PurposeDevice {
		return v.drawDeviceConfirm(problem)
	}
	page := core.Page{
		Name: core.PageConsent, Account: accountView(v.facts.Account), Consent: v.consentView(),
		Form: core.Form{Hidden: map[string]string{"digest": hexOf(v.facts.Shown)}},
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
		page.Problems = []core.Problem{{ID: problem}}
		if problem == "tick_own_app" {
			page.Problems[0].Field = "mine"
		}
	}
	return v.show(core.StepConsent, page)
}

// unverified clients are asked about with more friction (CN-11): those that
// registered themselves and answer at this computer or a private-use address.
func (v *visit) unverified() bool {
	lane := v.facts.Client.Lane
	return lane == core.LaneDCR || lane.SelfRegistered() && !redirecturi.IsHTTPS(v.i.Request.RedirectURI)
}

// decide keeps what was pressed, if what is shown is still the same (CN-04).
func (v *visit) decide(form map[string][]string) error {
	decision := one(form, "decision")
	allow := decision == "allow"
	switch {
	case one(form, "digest") != hexOf(v.facts.Shown):
		return v.drawConsent("consent_changed")
	case !allow && decision != "deny":
		return v.drawConsent("")
	case allow && v.unverified() && one(form, "mine") == "":
		return v.drawConsent("tick_own_app")
	}
	d := &core.ConsentDecision{
		Allow: allow, Digest: v.facts.Shown, At: v.at,
		Remember: allow && one(form, "remember") != "" && v.facts.Remembers && !v.unverified(),
	}
	return v.keep(d)
}

// deniesAnyway says that the person pressed no on a page which need not be answered
// any more, since the same was agreed to in another tab meanwhile. That is a no all
// the same (CON07).
func (v *visit) deniesAnyway(step core.Step, form map[string][]string) bool {
	return step == core.StepConsent && one(form, "decision") == "deny" && v.i.Purpose == core.PurposeAuthorize && v.need.Step == core.StepNone
}

// keep writes what was pressed and goes on.
func (v *visit) keep(d *core.ConsentDecision) error {
	var events []core.Event
	if !d.Allow {
		events = append(events, v.event(core.EventConsentRefused, v.need.Account))
	}
	account := v.need.Account
	err := v.write(func(i *core.Interaction) {
		i.Decision = d
		if i.Chosen.IsZero() {
			i.Chosen = account
		}
	}, events...)
	return v.settled(err, v.proceed)
}

func hexOf(h core.Hash) string { return hex.EncodeToString(h[:]) }
