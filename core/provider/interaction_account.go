package provider

import (
	"errors"

	"github.com/keywright/keywright/core"
)

// identified makes an account of who another identity provider says it is. This
// is the one place for it: by a link that is stored.
func (t *turn) identified(reply core.Identified) error {
	c, err := t.p.Store.Credential(t.r.Context(), reply.Identity.Key)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageNotAllowed.Because(errors.New("the identity is linked to no account"))
	}
	if err != nil {
		return err
	}
	c.UsedAt = t.at
	return t.authenticated(core.Authenticated{Account: c.Account, AMR: reply.Identity.AMR, Credential: &c, Keep: reply.Keep})
}
