package core

import "slices"

// recalls says whether this person agreed before to this client as it is now, to
// be remembered, and the client is one that can be told apart from others (BB-02).
func (f *Facts) recalls(account ID) bool {
	c := &f.Consent
	return f.Remembers && c.Remembered && f.agreedBefore(account)
}

// agreedBefore says whether the consent is this person's, for this client as it
// is now.
func (f *Facts) agreedBefore(account ID) bool {
	c := &f.Consent
	return c.Account == account && c.Client == f.Client.ID && !f.ClientHash.IsZero() && c.ClientHash == f.ClientHash
}

// StepsUp says whether the client asks for more than the person has agreed to and
// had remembered: then only the addition is to be decided on, and what is granted
// is the addition and what was held (MC-11).
func (f *Facts) StepsUp(account ID) bool {
	return f.Purpose == PurposeAuthorize && len(f.Consent.Access) > 0 && f.recalls(account) && !Within(f.Request.Disclosed(), f.Consent.Access)
}

// Keep adds to the request what the person has agreed to before, as far as it is
// in held, which is their consent cut to what the client may still have:
//
//   - where the client steps up: what is held of the provider and of each resource
//     that the request names;
//   - at a resource that keeps its scopes: what is held there.
//
// A device asks for what it asks for.
func (f *Facts) Keep(account ID, held []Access, keeps func(resource string) bool) {
	if f.Purpose != PurposeAuthorize || !f.agreedBefore(account) {
		return
	}
	up := f.StepsUp(account)
	var more []Access
	for _, h := range held {
		asked := slices.ContainsFunc(f.Request.Access, func(a Access) bool { return a.Resource == h.Resource })
		if up && (asked || h.Resource == "") || asked && h.Resource != "" && keeps(h.Resource) {
			more = append(more, h)
		}
	}
	if len(more) > 0 && !Within(more, f.Request.Access) {
		f.Request.Access = Union(f.Request.Access, more)
	}
}
