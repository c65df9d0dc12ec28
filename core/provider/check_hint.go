package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// maxLoginHint bounds what pre-fills a field (AUT20).
const maxLoginHint = core.MaxIdentifier

// checkIDTokenHint takes the subject of a hint that we signed for this client;
// its age does not matter. It names who is meant and signs nobody in (OC-17,
// AUT19). What is not such a token is no hint, and prompt=none cannot rest on
// it.
func checkIDTokenHint(c *checking) error {
	hint := c.values.Get("id_token_hint")
	if hint == "" {
		return nil
	}
	token, err := c.readIDToken(hint)
	if errors.Is(err, core.ErrUnavailable) {
		return err
	}
	if err == nil && slices.Contains(token.Audience, c.Client.ID) {
		c.Request.HintedSub = token.Subject
		return nil
	}
	if c.Request.Asks(core.PromptNone) {
		return core.Refuse(core.LoginRequired, "id_token_hint is not an ID token of this issuer for this client")
	}
	return nil
}

// checkLoginHint pre-fills the first page and nothing else (OC-16).
func checkLoginHint(c *checking) error {
	if hint := c.values.Get("login_hint"); len(hint) <= maxLoginHint {
		c.Request.LoginHint = hint
	}
	return nil
}

// checkConnectionHint keeps the connection that a person of an organization is to
// be led to: by its id, or by the domain of their addresses. It signs nobody in.
func checkConnectionHint(c *checking) error {
	if hint := c.values.Get("connection"); len(hint) <= core.MaxName {
		c.Request.ConnectionHint = hint
	}
	if hint := c.values.Get("domain_hint"); len(hint) <= core.MaxDomain {
		c.Request.DomainHint = hint
	}
	return nil
}
