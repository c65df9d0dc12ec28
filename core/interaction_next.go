package core

import (
	"slices"
	"time"
)

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
	for _, needed := range []func(Facts) Need{needAccount, needSignIn, needHinted, needVerifiedEmail, needAct, needACR, needConsent} {
		if n := needed(f); n.Step != StepNone {
			return n
		}
	}
	return Need{Account: f.account()}
}

// account is the one this interaction is about: signed in or chosen here, or
// the only one that is signed in.
func (f *Facts) account() ID {
	if f.Interaction != nil && !f.Interaction.Chosen.IsZero() {
		return f.Interaction.Chosen
	}
	if live := f.live(); len(live) > 0 && !f.askAccount(live) {
		return live[0].Account.ID
	}
	return ID{}
}

// live lists the sessions that stand; with a hint, those of its subject first.
func (f *Facts) live() []SignedIn {
	live := make([]SignedIn, 0, len(f.SignedIn))
	for _, s := range f.SignedIn {
		if s.Live(f.At) {
			live = append(live, s)
		}
	}
	if sub := f.Request.subject(); sub != "" {
		slices.SortStableFunc(live, func(a, b SignedIn) int {
			return boolOrder(b.Account.Subject() == sub) - boolOrder(a.Account.Subject() == sub)
		})
	}
	return live
}

// subject that the client asks for, by hint or by claim.
func (r *AuthorizationRequest) subject() string {
	if r.ClaimedSub != "" {
		return r.ClaimedSub
	}
	return r.HintedSub
}

// askAccount says whether the browser's accounts leave a choice open.
func (f *Facts) askAccount(live []SignedIn) bool {
	if f.Request.Asks(PromptSelect) {
		return true
	}
	return len(live) > 1 && live[0].Account.Subject() != f.Request.subject()
}

// needAccount asks which account, where there is a choice.
func needAccount(f Facts) Need {
	if f.Interaction != nil && !f.Interaction.Chosen.IsZero() {
		return Need{}
	}
	if f.Request.Asks(PromptCreate) {
		return Need{}
	}
	if live := f.live(); len(live) > 0 && f.askAccount(live) {
		return Need{Step: StepAccounts}
	}
	return Need{}
}

// needSignIn asks for somebody to show who they are: nobody has, or not
// recently enough, or not here although prompt=login asks for it.
func needSignIn(f Facts) Need {
	account := f.account()
	if account.IsZero() {
		if f.Request.Asks(PromptCreate) {
			return Need{Step: StepSignUp}
		}
		return Need{Step: StepSignIn}
	}
	at, signedIn := f.authTime(account)
	here := f.signedInHere(account)
	switch {
	case !signedIn,
		f.Request.Asks(PromptLogin) && !here,
		f.Request.Asks(PromptCreate) && !here,
		f.Request.MaxAge != nil && !here && f.At.Sub(at) > *f.Request.MaxAge,
		f.Request.MaxAge != nil && !here && *f.Request.MaxAge == 0,
		f.Purpose == PurposeAccount && f.At.Sub(at) > f.FreshFor:
		return Need{Step: StepSignIn, Account: account, Fresh: true}
	}
	return Need{Account: account}
}

// authTime is when the account last signed in, by a session that stands or by
// this interaction under the epoch that still holds.
func (f *Facts) authTime(account ID) (at time.Time, ok bool) {
	for _, s := range f.live() {
		if s.Account.ID == account {
			at, ok = s.Session.AuthTime(), true
		}
	}
	for _, a := range f.here(account) {
		if a.At.After(at) {
			at, ok = a.At, true
		}
	}
	return at, ok
}

// here lists what the account showed in this interaction and still counts.
func (f *Facts) here(account ID) []Authentication {
	if f.Interaction == nil || f.Account.ID != account || f.Account.Disabled || f.Account.Deleted {
		return nil
	}
	var out []Authentication
	for _, a := range f.Interaction.Authentications {
		if a.Account == account && a.SignInEpoch == f.Account.SignInEpoch {
			out = append(out, a)
		}
	}
	return out
}

func (f *Facts) signedInHere(account ID) bool { return len(f.here(account)) > 0 }

// needHinted refuses to answer for somebody else than the client asked for.
func needHinted(f Facts) Need {
	sub, account := f.Request.subject(), f.account()
	if sub == "" || Subject(account) == sub {
		return Need{}
	}
	if f.Interaction != nil && f.signedInHere(account) {
		return Need{Step: StepRefuse, Account: account, Error: LoginRequired}
	}
	return Need{Step: StepSignIn}
}

func needVerifiedEmail(f Facts) Need {
	if f.RequireVerifiedEmail && f.Account.ID == f.account() && f.Account.Email != "" && !f.Account.EmailVerified {
		return Need{Step: StepVerifyEmail, Account: f.Account.ID}
	}
	return Need{}
}

func needAct(f Facts) Need {
	if f.Purpose == PurposeAccount && f.Interaction != nil && f.Interaction.Outcome == nil {
		return Need{Step: StepAct, Account: f.account()}
	}
	return Need{}
}

// needACR refuses what was asked as essential and cannot be shown here.
func needACR(f Facts) Need {
	if len(f.Request.ACRMust) == 0 || slices.ContainsFunc(f.Request.ACRMust, func(v string) bool { return slices.Contains(f.ACR, v) }) {
		return Need{}
	}
	return Need{Step: StepRefuse, Account: f.account(), Error: UnmetAuthentication}
}

// needConsent asks unless it was agreed to: here, for exactly what is shown, or
// before and remembered, for at least as much and the same client (CN-01).
func needConsent(f Facts) Need {
	if f.Purpose != PurposeAuthorize {
		return Need{}
	}
	account := f.account()
	if i := f.Interaction; i != nil && i.Decision != nil && i.Decision.Digest == f.Shown {
		if i.Decision.Allow {
			return Need{}
		}
		return Need{Step: StepRefuse, Account: account, Error: AccessDenied}
	}
	if f.Request.Asks(PromptConsent) {
		return Need{Step: StepConsent, Account: account}
	}
	if f.Client.FirstParty && f.Client.Lane == LaneSeeded {
		return Need{}
	}
	c := f.Consent
	if c.Account == account && c.Remembered && f.Remembers && c.ClientHash == f.ClientHash && Within(f.Request.Access, c.Access) {
		return Need{}
	}
	return Need{Step: StepConsent, Account: account}
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
	}
	return InteractionRequired
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}
