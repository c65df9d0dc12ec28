package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
)

// keepHeld adds to the request, in the facts alone, what the person has agreed to
// before where that is to be kept (MC-11, IN-17). What the consent holds counts
// with what it implies now, so that nobody is asked again because a scope has come
// to imply another.
func (p *Provider) keepHeld(f *core.Facts, account core.ID) {
	if f.Consent.Version == 0 || account.IsZero() {
		return
	}
	f.Consent.Access = p.implied(&f.Client, f.Consent.Access)
	if !f.StepsUp(account) && !slices.ContainsFunc(p.Resources, func(r core.Resource) bool { return r.KeepsScopes }) {
		return // nearly always
	}
	held, err := p.stillAllowed(&f.Client, f.Consent.Access)
	if err != nil {
		return // nothing of it is allowed any longer
	}
	f.Keep(account, held, func(resource string) bool { return p.findResource(resource).KeepsScopes })
}

// implied is access with what its scopes imply where they are.
func (p *Provider) implied(c *core.Client, access []core.Access) []core.Access {
	if p.hierarchy == nil {
		return access
	}
	out := slices.Clone(access)
	for i := range out {
		if p.findResource(out[i].Resource) != nil {
			out[i].Scopes = p.withImplied(c, out[i].Resource, out[i].Scopes)
		}
	}
	return out
}

// maxLookedAt bounds how many grants a step-up looks through for those that it
// takes the place of.
const maxLookedAt = 100

// replaces lists the grants that the new one will hold all of: active ones of the
// same person, client and session. It is asked only where a person was asked about
// more, so the ways that ask nobody pay nothing for it.
func (v *visit) replaces(o *core.Outcome) ([]core.ID, error) {
	if v.i.Purpose != core.PurposeAuthorize || o.Session.IsZero() || !v.facts.StepsUp(o.Account) {
		return nil, nil
	}
	filter := core.GrantFilter{Account: o.Account, Client: v.facts.Client.ID, Session: o.Session}
	all, err := v.p.Store.Grants(v.r.Context(), filter, core.PageOf{Limit: maxLookedAt})
	if err != nil {
		return nil, err
	}
	var ids []core.ID
	for i := range all {
		if all[i].State == core.GrantActive && !all[i].ByDevice() && all[i].NarrowerThan(o.Grant.Access) {
			ids = append(ids, all[i].ID)
		}
	}
	return ids[max(0, len(ids)-core.MaxReplaced):], nil
}
