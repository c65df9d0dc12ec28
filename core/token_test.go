package core

import (
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"testing/quick"
)

// someAccess is small, so that sets meet.
type someAccess []Access

func (someAccess) Generate(r *rand.Rand, _ int) reflect.Value {
	var all someAccess
	for range r.Intn(4) {
		a := Access{Resource: []string{"", "https://a", "https://b"}[r.Intn(3)]}
		for range r.Intn(4) {
			a.Scopes = append(a.Scopes, []string{"x", "y", "z"}[r.Intn(3)])
		}
		all = append(all, a)
	}
	return reflect.ValueOf(all)
}

func TestAccess_isASet(t *testing.T) {
	for name, law := range map[string]any{
		"within itself":       func(a someAccess) bool { return Within(a, a) },
		"nothing is within":   func(a someAccess) bool { return Within(nil, a) },
		"within is allowed":   func(a, b someAccess) bool { return Within(a, b) == slowlyWithin(a, b) },
		"within passes on":    func(a, b, c someAccess) bool { return !Within(a, b) || !Within(b, c) || Within(a, c) },
		"union holds both":    func(a, b someAccess) bool { u := Union(a, b); return Within(a, u) && Within(b, u) },
		"union holds no more": func(a, b, c someAccess) bool { return !Within(a, c) || !Within(b, c) || Within(Union(a, b), c) },
		"union is the same":   func(a someAccess) bool { return reflect.DeepEqual(Union(a, nil), Union(a, a)) },
		"union has no twins": func(a, b someAccess) bool {
			u := Union(a, b)
			for i, one := range u {
				if slices.ContainsFunc(u[:i], func(o Access) bool { return o.Resource == one.Resource }) {
					return false
				}
			}
			return true
		},
		"scopes at a resource": func(a someAccess) bool {
			for _, r := range []string{"", "https://a", "https://b"} {
				for _, s := range []string{"x", "y", "z"} {
					if slices.Contains(ScopesAt(a, r), s) != Allows(a, r, s) {
						return false
					}
				}
			}
			return true
		},
		"scopes once each": func(a someAccess) bool {
			all := Scopes(a)
			return len(slices.Compact(slices.Sorted(slices.Values(all)))) == len(all)
		},
	} {
		if err := quick.Check(law, &quick.Config{MaxCount: 2000}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// slowlyWithin spells both out, every resource and every scope at it, and
// compares the lists.
func slowlyWithin(inner, outer someAccess) bool {
	spelled := func(all someAccess) (out []string) {
		for _, a := range all {
			if a.Resource != "" {
				out = append(out, a.Resource)
			}
			for _, s := range a.Scopes {
				out = append(out, a.Resource+" "+s)
			}
		}
		return out
	}
	held := spelled(outer)
	return !slices.ContainsFunc(spelled(inner), func(one string) bool { return !slices.Contains(held, one) })
}

// CN-01: agreeing to a client is not agreeing to a resource it has yet to name.
func TestCN01_AResourceWithoutScopesIsAskedFor(t *testing.T) {
	agreed := []Access{{Scopes: []string{"openid"}}}
	asked := []Access{{Scopes: []string{"openid"}}, {Resource: "https://api.example"}}
	if Within(asked, agreed) {
		t.Error("a resource nobody has agreed to counts as agreed")
	}
	if !Within(asked, Union(agreed, asked)) {
		t.Error("what was agreed to is asked for again")
	}
}

func TestAccess_unionSharesNothing(t *testing.T) {
	a := []Access{{Scopes: append(make([]string, 0, 8), "x")}}
	u := Union(a, []Access{{Scopes: []string{"y"}}})
	u[0].Scopes[0] = "changed"
	if a[0].Scopes[0] != "x" || len(a[0].Scopes[:2]) != 2 || a[0].Scopes[:2][1] != "" {
		t.Error("the union writes into what it was made of")
	}
}
