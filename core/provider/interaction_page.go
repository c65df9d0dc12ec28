package provider

import (
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// page completes a page of this interaction: where it posts to and with what
// proof, on whose way the person is, and the ways aside that exist.
func (v *visit) page(step core.Step, page core.Page) core.Page {
	page.Locales, page.Step = v.i.Locales, step
	if page.Form.Action == "" {
		page.Form.Action = v.p.stepPath(v.handle, step)
	}
	hidden := map[string]string{web.FormField: web.FormToken(v.p.Keys.Ring(), v.i.ID[:], v.browser.Random[:])}
	for name, value := range page.Form.Hidden {
		hidden[name] = value
	}
	page.Form.Hidden = hidden
	if page.App == nil && v.forApp() {
		page.App = appView(v.facts.Client, v.i.Request.RedirectURI)
	}
	page.Links = v.links(page.Links)
	if at := v.hosted(step); at != "" {
		page.Links["hosted"] = at
	}
	return page
}

// links turns the steps that an authenticator names into addresses, and adds
// those that always lead somewhere.
func (v *visit) links(named map[string]string) map[string]string {
	links := map[string]string{}
	for name, target := range named {
		if target == accountLink {
			target = v.p.base + "/account"
		}
		if target != "" && !strings.Contains(target, "/") {
			target = v.p.stepPath(v.handle, core.Step(target))
		}
		links[name] = target
	}
	for name, step := range map[string]core.Step{
		"signup": v.signUpStep(), "passkey_signup": stepPasskeySignUp, "signin": core.StepSignIn, "reset": stepReset, "passkey": stepPasskey,
	} {
		if _, given := links[name]; !given && v.allowed(step) {
			links[name] = v.p.stepPath(v.handle, step)
		}
	}
	if v.i.Purpose == core.PurposeAccount {
		links["account"] = v.p.base + "/account" // whoever came from there can go back, and nothing has changed
	}
	if _, given := links["switch"]; !given {
		if step := v.switchStep(); step != "" {
			links["switch"] = v.p.stepPath(v.handle, step)
		}
	}
	return links
}

// switchStep is where another account can be used.
func (v *visit) switchStep() core.Step {
	switch {
	case (v.need.Step == core.StepConsent || v.need.Step == core.StepApproval) && len(v.facts.SignedIn) > 0:
		return core.StepAccounts
	case v.allowed(core.StepSignIn):
		return core.StepSignIn
	}
	return ""
}

func (v *visit) show(step core.Step, page core.Page) error {
	if v.challenge != nil {
		v.challenge.ask(v, v.page(step, page))
		return nil
	}
	v.p.respondPage(v.w, v.r, v.page(step, page))
	return nil
}
