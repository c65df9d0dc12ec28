package provider

import (
	"errors"

	"github.com/keywright/keywright/core"
)

// settleConsent writes what was agreed to, together with what was agreed
// before. It is refused where the consent was withdrawn since the decision: its
// epoch has moved.
func (v *visit) settleConsent(o *core.Outcome) error {
	if !o.Consent {
		return nil
	}
	access := v.i.Request.Disclosed()
	if v.i.Purpose == core.PurposeAuthorize { // with what was kept of what was held, which was shown, too
		access = core.Union(o.Grant.Access, access)
	}
	for range maxWrites {
		c, _, err := v.p.Store.Consent(v.r.Context(), o.Account, v.i.Request.Client)
		if err != nil {
			return err
		}
		if c.Epoch != o.Grant.Epochs.Consent {
			return core.PageOld.Because(v.from(errors.New("the consent was withdrawn since the decision")))
		}
		same := c.ClientHash == o.Grant.ClientHash
		if c.Version > 0 && (same && !c.LastAt.Before(o.At) && core.Within(access, c.Access) || !same && c.LastAt.After(o.At)) {
			return nil // written before, or agreed to anew since, as the client is by now
		}
		if v.i.Purpose == core.PurposeDevice {
			o = v.stillRemembered(c, o, access)
		}
		err = v.storeConsent(agreed(c, o, v.i.Request.Client, access))
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return core.Unavailable(errors.New("the consent could not be written"))
}

// agreed is the consent after the outcome. What was agreed to for once is not
// remembered because less is, later: then all is asked again. What was agreed to
// while the client showed itself differently is not carried over: the person has
// not said it of the client as it is now (CN-01, CM-38). The grants of before stay.
func agreed(c core.Consent, o *core.Outcome, client string, access []core.Access) core.Consent {
	if c.ClientHash != o.Grant.ClientHash {
		c.Access = nil
	}
	once := c.Version > 0 && !c.Remembered && !core.Within(c.Access, access)
	c.Account, c.Client = o.Account, client
	c.Access = core.Union(c.Access, access)
	c.Remembered, c.ClientHash, c.Lane = o.Remember && !once, o.Grant.ClientHash, o.Grant.Lane
	if c.FirstAt.IsZero() {
		c.FirstAt = o.At
	}
	c.LastAt, c.Change = o.At, core.NewID(o.At)
	return c
}

func (v *visit) storeConsent(c core.Consent) error {
	e := v.p.happened(v.r, v.at, core.EventConsentGiven, c.Account, c.Client, v.i.ID)
	e.Version = c.Version + 1
	if c.Version == 0 {
		return v.p.Store.CreateConsent(v.r.Context(), c, e)
	}
	return v.p.Store.UpdateConsent(v.r.Context(), c, e)
}
