package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// checkScope reads the scope parameter and cuts it to what this client may have
// here. What nobody may grant is dropped, unless the client is strict; nothing
// left is refused (AZ-15, AUT12, AUT13), unless a resource of the request has
// default scopes (IN-16). Without the parameter the client's
// default is asked. checkResource then says where each scope counts.
func checkScope(c *checking) error {
	asked, err := param.SpaceList(c.values.Get("scope"))
	if err != nil || len(asked) > core.MaxScopes {
		return core.Refuse(core.InvalidScope, "scope is malformed or too long")
	}
	if len(asked) == 0 {
		asked = defaultScopes(&c.Client)
	}
	kept := slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return !c.provider.mayAsk(&c.Client, s) })
	switch {
	case len(kept) < len(asked) && c.Client.StrictScopes:
		return core.Refuse(core.InvalidScope, "a scope is unknown or not allowed for this client")
	case len(kept) == 0 && !c.provider.hasDefaults(&c.Client, c.values.All("resource")):
		return core.Refuse(core.InvalidScope, "none of the scopes is known and allowed for this client")
	}
	c.Request.ScopeReported = len(kept) < len(asked)
	c.Request.Access = []core.Access{{Scopes: kept}}
	return nil
}

// defaultScopes are granted where a request names none: the client's own
// default, or all it may ask for except staying while the person is away.
func defaultScopes(c *core.Client) []string {
	if len(c.DefaultScopes) > 0 {
		return c.DefaultScopes
	}
	return slices.DeleteFunc(slices.Clone(c.Scopes), func(s string) bool { return s == "offline_access" })
}
