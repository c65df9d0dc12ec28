package emailcode

// Options for New. The zero value is good and the strictest.
type Options struct {
	// SignUp makes an account for an address that has none, once it is proven.
	// Without it such an address gets a letter that says so.
	SignUp bool
	// OtherBrowser lets who opens the link in another browser than the one that
	// asked for it sign in there, after being asked. Whoever passes on a link of
	// their own can then sign others in as themselves; without it they are told to
	// type the code where they began.
	OtherBrowser bool
	// Verify takes over the step that proves the address of an account. Set it
	// where no password does: one authenticator owns each step.
	Verify bool
}
