package provider

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/keywright/keywright/core"
)

// ownClient is a copy for somebody else's code: a client is cached, and what is behind
// its slices and pointers is shared by all requests.
func ownClient(c core.Client) core.Client {
	for _, list := range []*[]string{
		&c.RedirectURIs, &c.LogoutURIs, &c.GrantTypes, &c.Scopes, &c.DefaultScopes, &c.Resources, &c.Serves, &c.DefaultACR, &c.RequireACR,
	} {
		*list = slices.Clone(*list)
	}
	c.Secrets, c.Keys = slices.Clone(c.Secrets), slices.Clone(c.Keys)
	c.Rest = ownRest(c.Rest)
	if c.Document != nil {
		document := *c.Document
		c.Document = &document
	}
	return c
}

// ownGrant is a copy for somebody else's code: what it is asked about goes on to be
// what is signed and stored.
func ownGrant(g core.Grant) core.Grant {
	g.Access = slices.Clone(g.Access)
	for n := range g.Access {
		g.Access[n].Scopes = slices.Clone(g.Access[n].Scopes)
	}
	g.ClaimScopes, g.AMR, g.Replaces = slices.Clone(g.ClaimScopes), slices.Clone(g.AMR), slices.Clone(g.Replaces)
	g.Rest = ownRest(g.Rest)
	return g
}

func ownRest(rest map[string]json.RawMessage) map[string]json.RawMessage {
	rest = maps.Clone(rest)
	for name, raw := range rest {
		rest[name] = slices.Clone(raw)
	}
	return rest
}
