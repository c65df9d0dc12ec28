package provider

import (
	"encoding/hex"
	"net/http"
	"slices"

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

func (v *visit) consentView() *core.ConsentView {
	f := &v.facts
	view := &core.ConsentView{Digest: hexOf(f.Shown), Unverified: v.unverified(), Offline: lastsAway(f)}
	known := f.Consent.Version > 0 && len(f.Consent.Access) > 0
	for _, a := range f.Request.Disclosed() {
		if a.Resource != "" {
			view.Resources = append(view.Resources, v.resourceView(a.Resource))
		}
		for _, scope := range a.Scopes {
			if slices.ContainsFunc(view.Scopes, func(s core.ScopeView) bool { return s.Name == scope }) {
				continue
			}
			view.Scopes = append(view.Scopes, core.ScopeView{
				Name: scope, Text: v.p.scopeText(scope),
				New: known && !core.Allows(f.Consent.Access, a.Resource, scope), // CN-08
			})
		}
	}
	return view
}

func (v *visit) resourceView(uri string) core.ResourceView {
	for _, r := range v.p.Resources {
		if r.URI == uri {
			return core.ResourceView{URI: uri, Name: r.Name}
		}
	}
	return core.ResourceView{URI: uri}
}

// scopeText is the operator's description; nil where nobody wrote one, and the
// page then shows the scope itself (CN-06).
func (p *Provider) scopeText(name string) map[string]string {
	for _, s := range p.Scopes {
		if s.Name == name {
			return s.Text
		}
	}
	return nil
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
	var events []core.Event
	if !allow {
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
