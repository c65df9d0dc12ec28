package provider

import (
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// issueRefreshToken makes the refresh token of the grant's current generation.
// It repeats the random bytes of what was presented, so it is the same on every
// replica and however often it is asked for (RT-04), and nothing secret is
// kept. It is empty where the client gets none (RT-09): one that is registered
// for refresh_token gets one; without offline_access it ends with the session.
func (p *Provider) issueRefreshToken(g *core.Grant, presented handle.Content) string {
	if !g.Refreshable {
		return ""
	}
	return p.Keys.Ring().Mint(handle.Refresh, handle.Content{ID: g.ID, Number: g.Generation, Random: presented.Random})
}
