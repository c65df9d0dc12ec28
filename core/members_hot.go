package core

// The payloads that are read or written at most requests. Each list has the order of
// the fields of its struct; TestMembers says which line is missing.

func (t *GrantTerms) members(w *walk) {
	w.string("lane", always, (*string)(&t.Lane))
	w.hash("client_hash", always, &t.ClientHash)
	w.string("auth_method", always, (*string)(&t.AuthMethod))
	w.access("access", always, &t.Access)
	w.string("claims", unlessEmpty, &t.Claims)
	w.strings("claim_scopes", unlessEmpty, &t.ClaimScopes)
	w.strings("amr", unlessEmpty, &t.AMR)
	w.string("acr", unlessEmpty, &t.ACR)
	w.time("auth_time", unlessEmpty, &t.AuthTime)
	w.bool("asked_auth_time", unlessEmpty, &t.AskedAuthTime)
	w.string("proof", unlessEmpty, &t.Proof)
	w.bool("offline", unlessEmpty, &t.Offline)
	w.object("epochs", always, false, &t.Epochs)
	w.hash("secret", always, &t.Secret)
	w.string("challenge", unlessEmpty, &t.Challenge)
	w.hash("redirect", unlessEmpty, &t.RedirectHash)
	w.string("nonce", unlessEmpty, &t.Nonce)
	w.int("failed", unlessEmpty, &t.Failed)
	w.string("asked_from", unlessEmpty, &t.AskedFrom)
	w.time("created_at", always, &t.CreatedAt)
	w.time("code_ends", unlessEmpty, &t.CodeEnds)
	w.time("ends", always, &t.Ends)
	w.time("idle_ends", unlessEmpty, &t.IdleEnds)
	w.uint("generation", unlessEmpty, &t.Generation)
	w.time("rotated_at", unlessEmpty, &t.RotatedAt)
	w.bool("refreshable", unlessEmpty, &t.Refreshable)
	w.bool("long_lived", unlessEmpty, &t.LongLived)
	w.uint("access_epoch", unlessEmpty, &t.AccessEpoch)
	w.other("replaces", len(t.Replaces) == 0, &t.Replaces)
	w.string("reason", unlessEmpty, &t.Reason)
}

func (e *GrantEpochs) members(w *walk) {
	w.uint("a", unlessEmpty, &e.Account)
	w.uint("cl", unlessEmpty, &e.Client)
	w.uint("co", unlessEmpty, &e.Consent)
}

func (a *Access) members(w *walk) {
	w.string("r", unlessEmpty, &a.Resource)
	w.strings("s", always, &a.Scopes)
}

func (w *walk) access(name string, p presence, v *[]Access) {
	if w.member(name, p, len(*v) == 0) {
		list(w, v, func(w *walk, a *Access) { w.objectValue(a) })
	}
}

func (t *ConsentTerms) members(w *walk) {
	w.access("access", unlessEmpty, &t.Access)
	w.bool("remembered", unlessEmpty, &t.Remembered)
	w.hash("client_hash", always, &t.ClientHash)
	w.string("lane", unlessEmpty, (*string)(&t.Lane))
	w.time("first_at", unlessEmpty, &t.FirstAt)
	w.time("last_at", unlessEmpty, &t.LastAt)
}

func (t *SessionTerms) members(w *walk) {
	w.hash("secret", always, &t.Secret)
	if w.member("auth", always, false) {
		list(w, &t.Authentications, func(w *walk, a *Authentication) { w.objectValue(a) })
	}
	w.time("created_at", always, &t.CreatedAt)
	w.time("seen_at", always, &t.SeenAt)
	w.string("agent", unlessEmpty, &t.Agent)
	w.string("address", unlessEmpty, &t.Address)
}

func (a *Authentication) members(w *walk) {
	w.id("account", always, &a.Account)
	w.string("method", always, &a.Method)
	w.strings("amr", always, &a.AMR)
	w.time("at", always, &a.At)
	w.time("since", unlessEmpty, &a.Since)
	w.uint("epoch", always, &a.SignInEpoch)
	w.bool("second", unlessEmpty, &a.Second)
	w.id("connection", unlessEmpty, &a.Connection)
	w.uint("connection_epoch", unlessEmpty, &a.ConnectionEpoch)
	w.object("key", unlessEmpty, a.Key == CredentialKey{}, &a.Key)
	w.string("session_index", unlessEmpty, &a.SessionIndex)
	w.time("ends", unlessEmpty, &a.Ends)
}

func (k *CredentialKey) members(w *walk) {
	w.string("kind", always, &k.Kind)
	w.string("handle", always, &k.Handle)
}

func (p *Profile) members(w *walk) {
	w.time("created_at", unlessEmpty, &p.CreatedAt)
	w.time("updated_at", unlessEmpty, &p.UpdatedAt)
	w.string("name", unlessEmpty, &p.Name)
	w.string("given_name", unlessEmpty, &p.GivenName)
	w.string("family_name", unlessEmpty, &p.FamilyName)
	w.string("middle_name", unlessEmpty, &p.MiddleName)
	w.string("nickname", unlessEmpty, &p.Nickname)
	w.string("preferred_username", unlessEmpty, &p.PreferredUsername)
	w.string("picture", unlessEmpty, &p.Picture)
	w.string("website", unlessEmpty, &p.Website)
	w.string("profile", unlessEmpty, &p.ProfilePage)
	w.string("gender", unlessEmpty, &p.Gender)
	w.string("birthdate", unlessEmpty, &p.Birthdate)
	w.string("zoneinfo", unlessEmpty, &p.Zoneinfo)
	w.string("locale", unlessEmpty, &p.Locale)
	w.string("email", unlessEmpty, &p.Email)
	w.bool("email_verified", unlessEmpty, &p.EmailVerified)
	w.string("phone_number", unlessEmpty, &p.Phone)
	w.bool("phone_number_verified", unlessEmpty, &p.PhoneVerified)
	w.other("address", p.Address == nil, &p.Address)
	w.other("claims", len(p.Claims) == 0, &p.Claims)
	w.other("terms", p.Terms == nil, &p.Terms)
	w.other("former_emails", len(p.FormerEmails) == 0, &p.FormerEmails)
}
