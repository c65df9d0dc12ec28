package core

import "iter"

// Next is the whole browser flow: which step is needed now, given the facts. It
// is pure; a skipped step is impossible because the same facts always give the
// same need.
func Next(f Facts) Need {
	need := next(f)
	if f.Request.Asks(PromptNone) && need.Step != StepNone && need.Error == "" {
		need.Error = silentError(need, f)
	}
	return need
}

func next(f Facts) Need {
	f.strong, _ = f.strength()
	for _, needed := range []func(Facts) Need{needAccount, needSignIn, needHinted, needConnection, needSecond, needVerifiedEmail, needEnrol, needTerms, needAct, needACR, needApproval, needConsent} {
		if n := needed(f); n.Step != StepNone {
			return n
		}
	}
	return Need{Account: f.account()}
}

// account is the one this interaction is about: signed in or picked here, or
// the only one of those signed in that the request leaves open.
func (f *Facts) account() ID {
	if f.chosen() {
		return f.Interaction.Chosen
	}
	if f.Request.Asks(PromptCreate) || f.Request.Asks(PromptSelect) {
		return ID{}
	}
	var only ID
	for s := range f.live() {
		switch {
		case !f.Request.isFor(s.Account.ID):
		case only.IsZero():
			only = s.Account.ID
		case only != s.Account.ID:
			return ID{}
		}
	}
	return only
}

// chosen says whether the choice of an account counts. For select_account that
// is only a pick on purpose, or signing in here (OC-12).
func (f *Facts) chosen() bool {
	i := f.Interaction
	if i == nil || i.Chosen.IsZero() {
		return false
	}
	return !f.Request.Asks(PromptSelect) || !i.PickedAt.IsZero() || f.signedInHere(i.Chosen)
}

// live yields the sessions that stand. One in which nobody ever showed who they
// are is none (INV-A4).
func (f *Facts) live() iter.Seq[*SignedIn] {
	return func(yield func(*SignedIn) bool) {
		for n := range f.SignedIn {
			s := &f.SignedIn[n]
			if s.Live(f.At) && len(s.Session.Authentications) > 0 && !yield(s) {
				return
			}
		}
	}
}

// anyLive says whether any session stands.
func (f *Facts) anyLive() bool {
	for range f.live() {
		return true
	}
	return false
}

// namesSubject says whether the client asks for one person, by hint or claim.
func (r *AuthorizationRequest) namesSubject() bool { return r.ClaimedSub != "" || r.HintedSub != "" }

// isFor says whether the account is whom the client asks for: by both where it
// names both. Anybody, where it names none.
func (r *AuthorizationRequest) isFor(account ID) bool {
	if !r.namesSubject() {
		return true
	}
	sub := Subject(account)
	return (r.ClaimedSub == "" || r.ClaimedSub == sub) && (r.HintedSub == "" || r.HintedSub == sub)
}

// needAccount asks which account, where there is a choice. A request that names
// somebody leaves none (AUT19): it is that person or a sign-in.
func needAccount(f Facts) Need {
	if f.Request.Asks(PromptCreate) || !f.account().IsZero() || !f.anyLive() {
		return Need{}
	}
	if f.Request.Asks(PromptSelect) || !f.Request.namesSubject() {
		return Need{Step: StepAccounts}
	}
	return Need{}
}

// needSignIn asks for somebody to show who they are: nobody has, or not
// recently enough, or not here although prompt=login asks for it, or only by what
// is no first factor. Once shown here, max_age is met, however long the person
// then takes to agree.
func needSignIn(f Facts) Need {
	account := f.account()
	if account.IsZero() {
		if f.Request.Asks(PromptCreate) {
			return Need{Step: StepSignUp}
		}
		return Need{Step: StepSignIn}
	}
	if !f.Policy.hasFirst(f.Counted(account)) {
		return Need{Step: StepSignIn, Account: account, Fresh: true}
	}
	return Need{Account: account}
}

// person is the account as it stands now: as loaded for the interaction, or
// with its session.
func (f *Facts) person(account ID) Account {
	if f.Account.ID == account {
		return f.Account
	}
	for _, s := range f.SignedIn {
		if s.Account.ID == account {
			return s.Account
		}
	}
	return Account{}
}

// here lists what the account showed in this interaction and still counts.
func (f *Facts) here(account ID) []Authentication {
	p := f.person(account)
	if f.Interaction == nil || account.IsZero() || p.ID != account || p.Disabled || p.Deleted {
		return nil
	}
	var out []Authentication
	for _, a := range f.Interaction.Authentications {
		if a.Account == account && a.SignInEpoch == p.SignInEpoch {
			out = append(out, a)
		}
	}
	return out
}

func (f *Facts) signedInHere(account ID) bool { return len(f.here(account)) > 0 }

// needHinted refuses to answer for somebody else than the client asked for. Where
// more would have been asked of them, it is no sign-in for anything else either.
func needHinted(f Facts) Need {
	account := f.account()
	if f.Request.isFor(account) {
		return Need{}
	}
	if f.signedInHere(account) {
		half := f.strong.Step != StepNone || needConnection(f).Step != StepNone || needVerifiedEmail(f).Step != StepNone
		return Need{Step: StepRefuse, Account: account, Error: LoginRequired, Partial: half}
	}
	return Need{Step: StepSignIn}
}

// needVerifiedEmail asks for proof of the address an account gives. One that
// gives none has nothing to prove: whether it may is its authenticator's policy.
func needVerifiedEmail(f Facts) Need {
	p := f.person(f.account())
	if f.RequireVerifiedEmail && p.Email != "" && !p.EmailVerified {
		return Need{Step: StepVerifyEmail, Account: p.ID}
	}
	return Need{}
}

func needAct(f Facts) Need {
	if f.Purpose == PurposeAccount && f.Interaction != nil && f.Interaction.Outcome == nil {
		return Need{Step: StepAct, Account: f.account()}
	}
	return Need{}
}

// needConsent asks unless it was agreed to: here, for exactly what is shown, or
// before and remembered, for at least as much and the same client (CN-01).
func needConsent(f Facts) Need {
	if f.Purpose != PurposeAuthorize && f.Purpose != PurposeDevice {
		return Need{}
	}
	account := f.account()
	if i := f.Interaction; i != nil && i.Decision != nil && !f.Shown.IsZero() && i.Decision.Digest == f.Shown {
		if i.Decision.Allow {
			return Need{}
		}
		return Need{Step: StepRefuse, Account: account, Error: AccessDenied}
	}
	if f.Request.Asks(PromptConsent) || f.Purpose == PurposeDevice { // somebody else may have started the device: CN-13
		return Need{Step: StepConsent, Account: account}
	}
	if f.Client.FirstParty && f.Client.Lane == LaneSeeded {
		return Need{}
	}
	if f.remembered(account) {
		return Need{}
	}
	return Need{Step: StepConsent, Account: account}
}

// remembered says whether this person agreed before, to this client as it is
// now, to at least what is asked (CN-01, BB-02). A client whose row has gone since
// begins anew, with a row.
func (f *Facts) remembered(account ID) bool {
	return f.recalls(account) && Within(f.Request.Disclosed(), f.Consent.Access)
}

// silentError is what prompt=none answers instead of asking (OpenID Connect
// Core section 3.1.2.6).
func silentError(n Need, f Facts) ErrorCode {
	switch n.Step {
	case StepAccounts:
		return AccountSelectionRequired
	case StepSignIn, StepSignUp:
		return LoginRequired
	case StepConsent:
		return ConsentRequired
	case StepApproval:
		return AccessDenied
	}
	return InteractionRequired
}
