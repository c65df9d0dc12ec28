package core

// SignUpQuestion is what Hooks.SignUp is asked.
type SignUpQuestion struct {
	// Change makes the account, with what the fields of Config.SignUpFields were
	// answered in Account.Claims.
	Change AccountChange
	// Method is the authenticator by which the person signs up.
	Method string
	// Client that waits for the sign-in; empty for none.
	Client string
	// Organization that invited the person; zero where nobody did.
	Organization ID
}
