package core

// IdentityQuestion is what Hooks.Identity is asked: who another identity provider
// says is at the browser, or a trusted issuer says a client acts for, where no account is linked to that yet.
type IdentityQuestion struct {
	Identity Identity
	// Connection it came by, without its secrets; nil for an authenticator that is
	// configured in code.
	Connection *Connection
	// Holder is the account that the address finds here, proven or not; zero for none.
	Holder ID
	// Client that the person is on the way to; empty where there is none.
	Client string
}

// IdentityAct is what becomes of an identity that no account is linked to.
type IdentityAct string

// The acts.
const (
	// IdentityRules leaves it to the rules: by an address that the other provider
	// may speak for, else by a new account where that is allowed, else by asking the
	// person.
	IdentityRules IdentityAct = ""
	// IdentityLink links it to the account named, without asking anybody.
	IdentityLink IdentityAct = "link"
	// IdentityCreate makes an account, also where sign-up is closed.
	IdentityCreate IdentityAct = "create"
	// IdentityRefuse turns the person away.
	IdentityRefuse IdentityAct = "refuse"
	// IdentityAsk shows the person that nothing is linked yet, and lets them prove an
	// account that they have. Hooks do not need it.
	IdentityAsk IdentityAct = "ask"
	// IdentityKnown: a link is stored. Hooks are not asked then.
	IdentityKnown IdentityAct = "known"
)

// IdentityAnswer is what Hooks.Identity decides.
type IdentityAnswer struct {
	Act IdentityAct
	// Account to link to, with IdentityLink. It must be there and switched on.
	Account ID
}
