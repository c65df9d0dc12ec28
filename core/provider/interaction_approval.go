package provider

import (
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// Who may have a client wait for an operator: somebody signed in who asks for it, so
// often an hour; strangers cannot fill the database. What nobody has decided about
// goes after a while, and may then be asked for again.
const (
	asksPerPerson  = 5
	asksAltogether = 200
	askWindow      = time.Hour
	waitsFor       = 30 * 24 * time.Hour
)

// unapproved says that the client waits for an operator. Those that the operator
// wrote down never do, whatever their id looks like.
func (p *Provider) unapproved(c *core.Client) bool {
	if !c.Lane.SelfRegistered() || !c.Record.ApprovedAt.IsZero() {
		return false
	}
	lane := p.laneOf(c.ID)
	return lane != nil && lane.Approval()
}

// drawApproval tells that the app waits, or offers to ask for it.
func (v *visit) drawApproval() error {
	return v.show(core.StepApproval, core.Page{
		Name: core.PageApproval, Account: accountView(v.facts.Account),
		Args: map[string]any{"asked": !v.facts.Client.Record.WaitingSince.IsZero()},
	})
}

// answerApproval asks the operator, or goes back to the app with access_denied.
func (v *visit) answerApproval(form map[string][]string) error {
	switch one(form, "decision") {
	case "ask":
		return v.askApproval()
	case "back":
		account := v.need.Account
		err := v.write(func(i *core.Interaction) {
			i.Decision = &core.ConsentDecision{Digest: v.facts.Shown, At: v.at}
			if i.Chosen.IsZero() {
				i.Chosen = account
			}
		})
		return v.settled(err, v.proceed)
	}
	return v.drawApproval()
}

// askApproval has the client wait, with the event that an operator looks for. It may
// be repeated, and by several at once: the first one counts.
func (v *visit) askApproval() error {
	counted := false
	for range maxWrites {
		c, err := v.p.loadClient(v.r.Context(), v.i.Request.Client, v.at)
		switch {
		case err != nil:
			return v.lost(err)
		case c.Disabled:
			return switchedOff(&c)
		case !v.p.unapproved(&c) || !c.Record.WaitingSince.IsZero():
			return v.proceed()
		}
		if !counted {
			if err := v.countAsk(); err != nil {
				return err
			}
			counted = true
		}
		err = v.writeWaiting(c)
		if err == nil {
			return v.proceed()
		}
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(errors.New("the client could not be written"))
}

func (v *visit) countAsk() error {
	return v.p.reserve(v.r, v.at,
		core.NamedLimit{Parts: []string{"approval asked by", v.need.Account.String()}, Max: asksPerPerson, Window: askWindow},
		core.NamedLimit{Parts: []string{"approvals asked"}, Max: asksAltogether, Window: askWindow},
	)
}

func (v *visit) writeWaiting(c core.Client) error {
	e := v.event(core.EventClientWaiting, v.need.Account)
	e.Version = c.Version + 1
	c.Record.WaitingSince, c.Record.WaitingFor, c.Change = v.at, v.need.Account, core.NewID(v.at)
	v.p.clients.drop(c.ID)
	if c.Version > 0 {
		return v.p.Store.UpdateClient(v.r.Context(), c, e)
	}
	c.KeepUntil = later(core.Instant(v.at.Add(waitsFor)), c.KeepUntil)
	return v.p.Store.CreateClient(v.r.Context(), c, e)
}
