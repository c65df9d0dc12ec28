package provider

import (
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/pkce"
)

// checkCodeChallenge demands PKCE with S256 of every client (PK-01 to PK-03). A
// seeded confidential client may be exempted by name of its own setting, and
// then PKCE counts only if it is sent.
func checkCodeChallenge(c *checking) error {
	challenge, method := c.values.Get("code_challenge"), c.values.Get("code_challenge_method")
	if challenge == "" && method == "" {
		exempt := c.Client.InsecureNoPKCE && !c.Client.Public() && c.Client.Lane == core.LaneSeeded
		if exempt {
			return nil
		}
		return core.Refuse(core.InvalidRequest, "code_challenge is missing: PKCE with S256 is required")
	}
	if err := pkce.CheckChallenge(challenge, method); err != nil {
		return core.Refuse(core.InvalidRequest, "code_challenge must be 43 base64url characters with code_challenge_method=S256").Because(err)
	}
	c.Request.Challenge = challenge
	return nil
}
