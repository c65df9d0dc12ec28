package provider

import (
	"net/http"
	"strings"

	"github.com/keywright/keywright/core"
)

// drawSignIn shows the first page: who are you, or another way to say it. A
// login hint only fills the field (OC-16).
func (v *visit) drawSignIn(typed, problem string) error {
	if typed == "" {
		typed = v.i.Identifier
	}
	if hint := v.i.Request.LoginHint; typed == "" && len(hint) <= core.MaxIdentifier {
		typed = hint
	}
	page := core.Page{Name: core.PageSignIn, Values: map[string]string{"identifier": typed}, Ways: v.ways()}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
		page.Problems = []core.Problem{{Field: "identifier", ID: problem}}
	}
	return v.show(core.StepSignIn, page)
}

// ways lists all authenticators that sign in but the first, which the field
// belongs to.
func (v *visit) ways() []core.Way {
	var ways []core.Way
	for _, a := range v.p.Authenticators[min(1, len(v.p.Authenticators)):] {
		if !serves(a, core.TurnSignIn) {
			continue
		}
		ways = append(ways, core.Way{Method: a.Method(), Label: v.p.wayLabels[a.Method()]})
	}
	return ways
}

// identify keeps what was typed and leads to the authenticator. Where somebody
// is signed in already, this asks for another account.
func (v *visit) identify(form map[string][]string) error {
	a := v.chosenWay(one(form, "way"))
	if a == nil {
		return v.drawSignIn("", "")
	}
	typed := strings.TrimSpace(one(form, "identifier"))
	switch {
	case one(form, "way") != "":
	case typed == "":
		return v.drawSignIn("", "email_empty")
	case len(typed) > core.MaxIdentifier:
		return v.drawSignIn("", "email_format")
	}
	another := v.need.Step == core.StepConsent || v.need.Step == core.StepAccounts
	err := v.write(func(i *core.Interaction) {
		if typed != "" {
			i.Identifier = typed
		}
		if another {
			i.Chosen, i.PickedAt = core.ID{}, v.at
		}
	})
	return v.settled(err, func() error { return v.goTo(a.Starts()[core.TurnSignIn]) })
}

// chosenWay finds an authenticator by its method; the first one without.
func (v *visit) chosenWay(method string) core.Authenticator {
	for _, a := range v.p.Authenticators {
		if serves(a, core.TurnSignIn) && (method == "" || a.Method() == method) {
			return a
		}
	}
	return nil
}

// one is the value of a field that was sent exactly once.
func one(form map[string][]string, name string) string {
	if values := form[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}
