package core

import "slices"

// Hierarchy says for each scope which others it implies, directly or through
// others (MC-13). Scopes that imply none are not in it. nil is no hierarchy.
type Hierarchy map[string][]string

// NewHierarchy follows Implies to the end. A scope of a cycle implies itself,
// which is how a cycle is told.
func NewHierarchy(scopes []Scope) Hierarchy {
	direct := map[string][]string{}
	for _, s := range scopes {
		if len(s.Implies) > 0 {
			direct[s.Name] = append(direct[s.Name], s.Implies...)
		}
	}
	if len(direct) == 0 {
		return nil
	}
	h := Hierarchy{}
	for name, implied := range direct {
		reached := slices.Clone(implied)
		for i := 0; i < len(reached); i++ { // it grows while it is walked
			for _, next := range direct[reached[i]] {
				if !slices.Contains(reached, next) {
					reached = append(reached, next)
				}
			}
		}
		h[name] = reached
	}
	return h
}

// Imply adds to scopes what they imply, each once, behind what is there, as far
// as may says that it can be had. It gives scopes itself where that is nothing.
func (h Hierarchy) Imply(scopes []string, may func(scope string) bool) []string {
	out := scopes
	for _, s := range scopes {
		for _, implied := range h[s] {
			if !slices.Contains(out, implied) && may(implied) {
				out = append(slices.Clip(out), implied)
			}
		}
	}
	return out
}

// Above says which of the scopes listed imply the scope: nobody has to be told of
// it who is told of them.
func (h Hierarchy) Above(scope string, among []string) []string {
	var above []string
	for _, s := range among {
		if s != scope && slices.Contains(h[s], scope) {
			above = append(above, s)
		}
	}
	return above
}
