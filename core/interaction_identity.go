package core

// IdentityFacts is all that ResolveIdentity looks at.
type IdentityFacts struct {
	Identity Identity
	// Linked is the account that the identity's key finds; zero for none.
	Linked Account
	// Holder is the account that the identity's address finds; zero for none, or
	// where no address was given.
	Holder Account
	// HolderStronger: the holder has set up more than a password, which a sign-in by
	// the identity alone would pass over.
	HolderStronger bool
	// Addressed: the identity gives an address that an account can have.
	Addressed bool
	// Authoritative: the address's domain is one that the connection may speak for.
	// For a connection of an organization that is one of its verified domains.
	Authoritative bool
	// MayCreate: accounts may be made of identities that come this way.
	MayCreate bool
	// Unsolicited: nobody here began this sign-in, so that what came may be somebody
	// else's.
	Unsolicited bool
	// Answer of the operator's hook.
	Answer IdentityAnswer
}

// IdentityStep is what ResolveIdentity found.
type IdentityStep struct {
	Act IdentityAct
	// Account to sign in to or to link to.
	Account ID
	// Proven: the address counts as proven for an account that is made (RP-14).
	Proven bool
	// Offer, with IdentityAsk: the person may also have a new account.
	Offer bool
	// Reason for the log, where it ends here.
	Reason string
}

// ResolveIdentity is the one rule by which an identity of another provider becomes
// an account. It is pure. In this order: the link that is stored (RP-07); the
// operator's hook; an address that the other provider is the authority for, where
// it is proven on both sides and nothing stronger is passed over (RP-14); a new
// account; and else the person is asked, in words that do not tell whether the
// address has an account unless they have proven it (ENU05).
func ResolveIdentity(f IdentityFacts) IdentityStep {
	id := &f.Identity
	switch {
	case !f.Linked.ID.IsZero() && !id.Stable:
		return IdentityStep{Act: IdentityRefuse, Reason: "a subject that does not last finds no link"}
	case !f.Linked.ID.IsZero():
		return IdentityStep{Act: IdentityKnown, Account: f.Linked.ID}
	case f.Answer.Act == IdentityRefuse:
		return IdentityStep{Act: IdentityRefuse, Reason: "the hook refused it"}
	case !id.Stable:
		return IdentityStep{Act: IdentityRefuse, Reason: "the subject is another next time, so nothing can be linked to it"}
	case f.Answer.Act == IdentityLink:
		return IdentityStep{Act: IdentityLink, Account: f.Answer.Account}
	}
	proven := f.Addressed && id.Profile.EmailVerified && id.EmailTrusted && f.Authoritative
	free := f.Holder.ID.IsZero()
	switch {
	case f.Answer.Act == IdentityCreate:
		return IdentityStep{Act: IdentityCreate, Proven: proven && free}
	case free && f.MayCreate && (!f.Addressed || id.Profile.EmailVerified):
		return IdentityStep{Act: IdentityCreate, Proven: proven}
	case !free && proven && f.joinable():
		return IdentityStep{Act: IdentityLink, Account: f.Holder.ID}
	case f.Unsolicited:
		return IdentityStep{Act: IdentityRefuse, Reason: "nobody here began this sign-in, and it is linked to no account"}
	}
	// An address that is proven nowhere is treated alike whether or not it has an
	// account, so a new one is offered for it in both cases.
	return IdentityStep{Act: IdentityAsk, Account: f.Holder.ID, Offer: f.MayCreate && !id.Profile.EmailVerified, Reason: f.whyAsked(proven)}
}

// joinable: the account's own address is proven, so that it is not one that
// somebody else made in advance (RP-12), and nothing stronger is passed over.
func (f *IdentityFacts) joinable() bool {
	h := &f.Holder
	return h.EmailVerified && !h.Disabled && !h.Deleted && !f.HolderStronger
}

func (f *IdentityFacts) whyAsked(proven bool) string {
	switch {
	case f.Holder.ID.IsZero() && !f.MayCreate:
		return "no account, and none may be made"
	case !f.Addressed || !f.Identity.Profile.EmailVerified:
		return "the address is not proven there"
	case !proven:
		return "the connection is not the authority for the address"
	case !f.Holder.EmailVerified:
		return "the account's own address is not proven"
	}
	return "the account has more than a password"
}
