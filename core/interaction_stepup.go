package core

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
	return !f.Client.rowless() && c.Account == account && c.Client == f.Client.ID && !f.ClientHash.IsZero() && c.ClientHash == f.ClientHash
}

// StepsUp says whether the client asks for more than the person has agreed to and
// had remembered: then only the addition is to be decided on (MC-11). Keep says what
// is granted with it.
func (f *Facts) StepsUp(account ID) bool {
	return f.Purpose == PurposeAuthorize && len(f.Consent.Access) > 0 && f.recalls(account) && !Within(f.Request.Disclosed(), f.Consent.Access)
}

// Keep adds to the request what the person has agreed to before, as far as it is
// in held, which is their consent cut to what the client may still have:
//
//   - at each resource where the client steps up, what is held there, and
//     offline_access, so that the access does not end sooner than before;
//   - at each resource asked that keeps its scopes, what is held there.
//
// What the client learns of the person is never more than it asks for: to ask for
// openid alone is to ask for no name (OpenID Connect Core section 5.4). A device
// asks for what it asks for.
func (f *Facts) Keep(account ID, held []Access, keeps func(resource string) bool) {
	if f.Purpose != PurposeAuthorize || !f.agreedBefore(account) {
		return
	}
	up, offline := f.StepsUp(account), false
	var more []Access
	for _, asked := range f.Request.Access {
		if asked.Resource == "" {
			continue
		}
		here := Access{Resource: asked.Resource, Scopes: ScopesAt(held, asked.Resource)}
		added := up && !Within([]Access{asked}, f.Consent.Access)
		if len(here.Scopes) == 0 || !added && !keeps(asked.Resource) {
			continue
		}
		more, offline = append(more, here), offline || added
	}
	if offline && Allows(held, "", "offline_access") {
		more = append(more, Access{Scopes: []string{"offline_access"}})
	}
	if !Within(more, f.Request.Access) {
		f.Request.Access = Union(f.Request.Access, more)
	}
}
