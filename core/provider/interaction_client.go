package provider

import (
	"errors"
	"fmt"

	"github.com/keywright/keywright/core"
)

// settleClient makes the row of a client that has none, with its first approval by
// a person and before anything is granted to it (admit).
func (v *visit) settleClient(g *core.Grant) error {
	lane := v.p.laneOf(g.Client)
	if lane == nil || !lane.Lane().SelfRegistered() {
		return nil
	}
	e := v.p.happened(v.r, v.at, core.EventClientAdmitted, g.Account, g.Client, g.ID)
	return v.p.admit(v.r.Context(), g, e, func(int) (core.Client, error) {
		c, err := v.p.loadClient(v.r.Context(), g.Client, v.at)
		switch {
		case err != nil:
			return c, v.lost(err)
		case c.Disabled:
			return c, switchedOff(&c)
		case v.p.unapproved(&c):
			return c, core.PageAppNotApproved.Because(v.from(errors.New("no operator has approved the client")))
		}
		return c, nil
	})
}

// lost adds the way back to the app to what a person is told where the client is
// gone.
func (v *visit) lost(err error) error {
	var page *core.PageError
	if err = clientFault(err); errors.As(err, &page) {
		return page.Because(v.from(page.Cause))
	}
	return err
}

// switchedOff is what a person is told of a client that the operator disabled. The
// reason is for the log alone.
func switchedOff(c *core.Client) error {
	return core.PageAppOff.Because(fmt.Errorf("client is disabled: %q", c.Record.DisabledReason))
}
