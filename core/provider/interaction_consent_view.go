package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
)

// consentView is what the person is asked to agree to: all that the grant will
// hold, what is new marked where they agreed to something before (CN-08). Nothing
// is left out; what another scope includes stands with that one (MC-13).
func (v *visit) consentView() *core.ConsentView {
	f := &v.facts
	view := &core.ConsentView{
		Digest: hexOf(f.Shown), Unverified: v.unverified(), Offline: lastsAway(f),
		StepUp: f.StepsUp(v.need.Account), EveryTime: !f.Remembers,
	}
	known, access := f.Consent.Version > 0 && len(f.Consent.Access) > 0, f.Request.Disclosed()
	var all []core.ScopeView
	for _, a := range access {
		if a.Resource != "" {
			r := v.p.resourceView(a.Resource)
			r.New = known && !core.Within([]core.Access{{Resource: a.Resource}}, f.Consent.Access)
			view.Resources = append(view.Resources, r)
		}
		for _, scope := range a.Scopes {
			isNew := known && !core.Allows(f.Consent.Access, a.Resource, scope)
			at := slices.IndexFunc(all, func(s core.ScopeView) bool { return s.Name == scope })
			if at < 0 {
				all = append(all, core.ScopeView{Name: scope, Text: v.p.scopeText(scope)})
				at = len(all) - 1
			}
			all[at].New = all[at].New || isNew // held at one resource, it may be new at another
		}
	}
	view.Scopes = v.p.fold(all, access)
	return view
}

// fold puts each scope that others include with these. One that is new does not
// hide behind one that is held, and one that is asked where none of the others is
// keeps its line.
func (p *Provider) fold(all []core.ScopeView, access []core.Access) []core.ScopeView {
	if p.hierarchy == nil {
		return all
	}
	var top []core.ScopeView
	for _, s := range all {
		if len(p.coveredBy(s, all, access)) == 0 {
			top = append(top, s)
		}
	}
	for _, s := range all {
		for _, above := range p.coveredBy(s, all, access) {
			at := slices.IndexFunc(top, func(t core.ScopeView) bool { return t.Name == above })
			if at >= 0 {
				top[at].Includes = append(top[at].Includes, s)
			}
		}
	}
	return top
}

// coveredBy lists the scopes that include s wherever s is asked, and are as new.
func (p *Provider) coveredBy(s core.ScopeView, all []core.ScopeView, access []core.Access) []string {
	var names []string
	for _, other := range all {
		if other.New == s.New {
			names = append(names, other.Name)
		}
	}
	return slices.DeleteFunc(p.hierarchy.Above(s.Name, names), func(above string) bool {
		return slices.ContainsFunc(access, func(a core.Access) bool {
			return slices.Contains(a.Scopes, s.Name) && !slices.Contains(a.Scopes, above)
		})
	})
}

func (p *Provider) resourceView(uri string) core.ResourceView {
	view := core.ResourceView{URI: uri}
	if r := p.findResource(uri); r != nil {
		view.Name = r.Name
	}
	return view
}

// scopeText is the operator's description; nil where nobody wrote one, and the
// page then shows the scope itself (CN-06).
func (p *Provider) scopeText(name string) map[string]string {
	for _, s := range p.Scopes {
		if s.Name == name {
			return s.Text
		}
	}
	return nil
}
