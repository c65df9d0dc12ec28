package provider

import (
	"net/http"
	"slices"
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
	everybodys, err := v.p.everybodys(v.r.Context())
	if err != nil {
		return err
	}
	page := core.Page{Name: core.PageSignIn, Values: map[string]string{"identifier": typed}, Ways: append(v.ways(), connectionWays(everybodys)...)}
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
	firsts := v.listed()
	for _, a := range firsts[min(1, len(firsts)):] {
		ways = append(ways, core.Way{Method: a.Method(), Label: v.p.wayLabels[a.Method()]})
	}
	return ways
}

// identify keeps what was typed and leads to the authenticator. Where somebody
// is signed in already, this asks for another account.
func (v *visit) identify(form map[string][]string) error {
	if named, ok := strings.CutPrefix(one(form, "way"), wayOfConnection); ok {
		return v.goByConnection(named, func() error { return v.drawSignIn("", "") })
	}
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
	default:
		if done, err := v.toConnection(typed); done || err != nil {
			return err
		}
	}
	another := v.need.Step != core.StepSignIn && v.need.Step != core.StepSignUp
	err := v.write(func(i *core.Interaction) {
		i.Connection = core.ID{}
		if typed != "" {
			i.Identifier = typed
		}
		if another {
			i.Chosen, i.PickedAt = core.ID{}, v.at
		}
	})
	return v.settled(err, func() error { return v.goTo(a.Starts()[core.TurnSignIn]) })
}

// listed are the authenticators that a person chooses among. Of one that takes
// connections these are the buttons.
func (v *visit) listed() []core.Authenticator {
	return slices.DeleteFunc(v.firsts(), takesConnections)
}

// chosenWay finds an authenticator by its method; the first one without.
func (v *visit) chosenWay(method string) core.Authenticator {
	for _, a := range v.listed() {
		if method == "" || a.Method() == method {
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
