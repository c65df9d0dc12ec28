package provider

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
)

// way is one thing an account signs in by, as its owner sees it: one credential,
// or all of a kind that nobody tells apart, such as recovery codes.
type way struct {
	key  string
	kind string
	of   []core.Credential
}

// waysOf lists the ways of an account, in the order of the authenticators. The key
// of each means nothing elsewhere.
func (p *Provider) waysOf(account core.ID, credentials []core.Credential) []way {
	var ways []way
	for _, c := range credentials {
		key := p.itemKey(account, c.Kind, c.Handle)
		if p.together(&c) {
			key = p.itemKey(account, c.Kind)
		}
		at := slices.IndexFunc(ways, func(w way) bool { return w.key == key })
		if at < 0 {
			ways = append(ways, way{key: key, kind: c.Kind})
			at = len(ways) - 1
		}
		ways[at].of = append(ways[at].of, c)
	}
	slices.SortStableFunc(ways, func(a, b way) int { return p.rank(a.kind) - p.rank(b.kind) })
	return ways
}

// together says whether credentials like this are shown as one: they have no names
// and nobody signs in by one of them alone.
func (p *Provider) together(c *core.Credential) bool {
	a := p.authenticatorOf(c.Kind)
	return a != nil && c.Label == "" && !serves(a, core.TurnSignIn)
}

func (p *Provider) rank(kind string) int {
	at := slices.IndexFunc(p.Authenticators, func(a core.Authenticator) bool { return a.Method() == kind })
	if at < 0 {
		return len(p.Authenticators)
	}
	return at
}

// authenticatorOf is the one that a kind of credentials belongs to; nil if there is
// none any more.
func (p *Provider) authenticatorOf(kind string) core.Authenticator {
	if at := p.rank(kind); at < len(p.Authenticators) {
		return p.Authenticators[at]
	}
	return nil
}

func (p *Provider) itemKey(account core.ID, parts ...string) string {
	sum := p.Keys.Ring().Derive("account item", append([][]byte{account[:]}, byteParts(parts)...)...)
	return hex.EncodeToString(sum[:12])
}

// signsInWith says whether the account could still sign in with nothing but these
// (LNK13): a second factor alone is no way in.
func (p *Provider) signsInWith(a core.Account, left []core.Credential) bool {
	return slices.ContainsFunc(p.Authenticators, func(one core.Authenticator) bool {
		return serves(one, core.TurnSignIn) && slices.Contains(p.policy.First, one.Method()) && one.Usable(a, left)
	})
}

// without is all of the credentials but the way's.
func (w *way) without(all []core.Credential) []core.Credential {
	return slices.DeleteFunc(slices.Clone(all), func(c core.Credential) bool {
		return slices.ContainsFunc(w.of, func(o core.Credential) bool { return o.CredentialKey == c.CredentialKey })
	})
}

// item is a way with what can be done with it.
func (p *Provider) item(a core.Account, w *way, all []core.Credential) core.Item {
	first, i := w.of[0], core.Item{Kind: w.kind, Key: w.key, Label: w.of[0].Label, Since: w.of[0].CreatedAt}
	for _, c := range w.of {
		if c.UsedAt.After(i.UsedAt) {
			i.UsedAt = c.UsedAt
		}
	}
	owner := p.authenticatorOf(w.kind)
	switch {
	case p.together(&first):
		if len(w.of) > 1 {
			i.Count = len(w.of)
		}
	case owner != nil && serves(owner, core.TurnChange):
		i.Acts = append(i.Acts, "change")
	default:
		i.Acts = append(i.Acts, actRename)
	}
	if i.Last = p.signsInWith(a, all) && !p.signsInWith(a, w.without(all)); !i.Last {
		i.Acts = append(i.Acts, actRemove)
	}
	return i
}

// wayItems lists the account's ways in, and those it has without keeping anything:
// a code sent to a proven address.
func (p *Provider) wayItems(a core.Account, credentials []core.Credential) []core.Item {
	var items []core.Item
	for _, w := range p.waysOf(a.ID, credentials) {
		items = append(items, p.item(a, &w, credentials))
	}
	for _, one := range p.Authenticators {
		if serves(one, core.TurnSignIn) && one.Usable(a, nil) {
			items = append(items, core.Item{Kind: one.Method(), Detail: a.Email})
		}
	}
	return items
}

// addable are the ways that the account could set up, or set up anew.
func (p *Provider) addable(credentials []core.Credential) []core.Way {
	var ways []core.Way
	for _, a := range p.Authenticators {
		has := slices.ContainsFunc(credentials, func(c core.Credential) bool { return c.Kind == a.Method() })
		if serves(a, core.TurnEnrol) || serves(a, core.TurnChange) && !has {
			label := "add." + a.Method()
			if name := p.wayLabels[a.Method()]; !strings.HasPrefix(name, "way.") {
				label = name // what its provider is called
			}
			ways = append(ways, core.Way{Method: a.Method(), Label: label})
		}
	}
	return ways
}
