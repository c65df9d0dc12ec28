package provider

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// wayOfConnection begins the name of a way in that is a connection; its id
// follows.
const wayOfConnection = "connection:"

// connectionWays are buttons, by the names that people know.
func connectionWays(all []core.Connection) []core.Way {
	var ways []core.Way
	for _, c := range all {
		label := c.Label
		if label == "" {
			label = "way.company"
		}
		ways = append(ways, core.Way{Method: wayOfConnection + c.ID.String(), Label: label})
	}
	return ways
}

// takesConnections says whether an authenticator signs in by connections alone: it
// comes back to an address that names one. It is no way in by itself.
func takesConnections(a core.Authenticator) bool {
	return slices.ContainsFunc(a.Endpoints(), func(e core.Endpoint) bool { return strings.Contains(e.Path, "{connection}") })
}

// discovered is what the domain of an address leads to. Someone who proves an
// account in order to have an identity linked is led nowhere: they are to use the
// way they have.
func (v *visit) discovered(address string) (cachedOrganization, error) {
	if p, err := v.pending(); err != nil || p != nil && p.Accepted {
		return cachedOrganization{}, err
	}
	return v.p.organizationOf(v.r.Context(), address)
}

// offered are the connections that this person may choose here: those of their
// organization, and those of the tenant.
func (v *visit) offered() ([]core.Connection, error) {
	if v.need.Step == core.StepConnection {
		o, err := v.p.organizationOf(v.r.Context(), v.facts.Account.Email)
		return o.connections, err
	}
	o, err := v.discovered(v.i.Identifier)
	if err != nil {
		return nil, err
	}
	everybodys, err := v.p.everybodys(v.r.Context())
	return append(append([]core.Connection{}, o.connections...), everybodys...), err
}

// drawConnections lists the connections of the organization that the address
// belongs to, and the other way in unless the organization wants none.
func (v *visit) drawConnections(problem string) error {
	address, demanded := v.i.Identifier, v.need.Step == core.StepConnection
	if demanded {
		address = v.facts.Account.Email
	}
	o, err := v.p.organizationOf(v.r.Context(), address)
	if err != nil {
		return err
	}
	if o.organization.ID.IsZero() {
		return v.goTo(core.StepSignIn)
	}
	page := core.Page{
		Name: core.PageConnection, Account: &core.AccountView{Email: address}, Ways: connectionWays(o.connections),
		Args: map[string]any{"organisation": cmp.Or(o.organization.DisplayName, o.organization.Name), "demanded": demanded, "none": len(o.connections) == 0},
	}
	if !demanded && !o.organization.RequireConnection {
		if a := v.chosenWay(""); a != nil {
			page.Ways = append(page.Ways, core.Way{Method: a.Method(), Label: v.p.wayLabels[a.Method()]})
		}
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
		page.Problems = []core.Problem{{ID: problem}}
	}
	return v.show(core.StepConnection, page)
}

// chooseConnection goes on by the button that was pressed.
func (v *visit) chooseConnection(form map[string][]string) error {
	way := one(form, "way")
	if named, ok := strings.CutPrefix(way, wayOfConnection); ok {
		return v.goByConnection(named, func() error { return v.drawConnections("") })
	}
	if a := v.chosenWay(way); a != nil && way != "" && v.need.Step != core.StepConnection {
		err := v.write(func(i *core.Interaction) { i.Connection = core.ID{} })
		return v.settled(err, func() error { return v.goTo(a.Starts()[core.TurnSignIn]) })
	}
	return v.drawConnections("")
}

// goByConnection keeps the connection of that id and leads to the authenticator
// that speaks to it; otherwise draws again. Only what is offered can be chosen.
func (v *visit) goByConnection(named string, otherwise func() error) error {
	offered, err := v.offered()
	if err != nil {
		return err
	}
	for _, c := range offered {
		if c.ID.String() == named {
			return v.useWay(&c, "")
		}
	}
	return otherwise()
}

// useWay keeps the connection to sign in by, and what was typed, and goes there.
// Where somebody is signed in already, this asks for another account.
func (v *visit) useWay(c *core.Connection, typed string) error {
	another := v.need.Step == core.StepConsent || v.need.Step == core.StepApproval || v.need.Step == core.StepAccounts || v.need.Step == core.StepConnection && typed != ""
	err := v.write(func(i *core.Interaction) {
		i.Connection = c.ID
		if typed != "" {
			i.Identifier = typed
		}
		if another {
			i.Chosen, i.PickedAt = core.ID{}, v.at
		}
	})
	return v.settled(err, func() error { return v.goTo(v.p.byMethod(c.Kind).Starts()[core.TurnSignIn]) })
}

// toConnection leads who typed an address to the connection of its domain's
// organization, or to a choice of several; done is false where the domain leads
// nowhere. It depends on the domain alone (ENU01).
func (v *visit) toConnection(typed string) (done bool, err error) {
	o, err := v.discovered(typed)
	switch {
	case err != nil:
		return true, err
	case len(o.connections) == 1:
		return true, v.useWay(&o.connections[0], typed)
	case len(o.connections) > 1, o.organization.RequireConnection:
		err := v.write(func(i *core.Interaction) { i.Identifier, i.Connection = typed, core.ID{} })
		return true, v.settled(err, func() error { return v.goTo(core.StepConnection) })
	}
	return false, nil
}

// hinted is the connection that a request names by its id, or the only one of the
// organization that it names by a domain; nil for none, or where a person is to
// choose. What it names need not be offered to everybody: the sign-in there
// decides who gets in.
func (p *Provider) hinted(r *http.Request, q *core.AuthorizationRequest) (*core.Connection, error) {
	if id, err := core.ParseID(q.ConnectionHint); err == nil {
		c, err := p.openConnection(r.Context(), id)
		if err == nil && len(p.liveConnections([]core.Connection{*c})) == 1 {
			return c, nil
		}
		return nil, ignoreMissing(err)
	}
	domain, err := mailaddress.Domain(q.DomainHint)
	if err != nil {
		return nil, nil
	}
	o, err := p.organizationByDomain(r.Context(), domain)
	if err != nil || len(o.connections) != 1 {
		return nil, err
	}
	return &o.connections[0], nil
}

// hintedStep lets a request go straight to the connection that it names, where a
// person who is not signed in would have to say who they are. From its pages the
// way back to the first page is open.
func (p *Provider) hintedStep(r *http.Request, terms *core.InteractionTerms, f core.Facts) (core.Step, error) {
	if core.Next(f).Step != core.StepSignIn {
		return "", nil
	}
	c, err := p.hinted(r, &terms.Request)
	if c == nil || err != nil {
		return "", err
	}
	terms.Connection = c.ID
	return p.byMethod(c.Kind).Starts()[core.TurnSignIn], nil
}
