// Package providertest is a whole identity provider for other people's tests:
// the very code that runs in production, in the process, with a clock that the
// test moves, a mailbox it can read, and people who fill in the real pages.
//
//	p := providertest.New(t)
//	app := p.Client(clientreg.Seed{ID: "app", RedirectURIs: []string{myApp.URL + "/callback"}, …})
//	ada := p.Person("ada@example.com", "seven slow trains to Turin")
//	landed := ada.Browser().SignIn(myApp.URL + "/login") // pages, consent, and back
//
// It listens on a loopback port of its own and ends with the test. Passwords are
// hashed as cheaply as argon2id allows, so nothing made with it is fit for use.
package providertest
