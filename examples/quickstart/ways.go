package main

import (
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/core"
)

// ways are the ways to sign in, the first one first: a password, a passkey, a
// letter with a code and a link. Each further one is a line here.
func ways() (*password.Authenticator, []core.Authenticator, error) {
	passwords, err := password.New(password.Options{SignUp: true})
	if err != nil {
		return nil, nil, err
	}
	passkeys, err := passkey.New(passkey.Options{SignUp: true})
	if err != nil {
		return nil, nil, err
	}
	all := []core.Authenticator{passwords, passkeys, emailcode.New(emailcode.Options{})}

	// An app that makes codes as a second factor, and codes on paper for who has
	// lost it (docs/guides/codes.md):
	//
	//	all = append(all, totp.New(), recoverycode.New())
	//
	// Other providers (docs/guides/upstream.md), here GitHub, where
	// http://localhost:8080/upstream/github/callback has to be registered. With
	// JustInTime: true in the Config of main.go, accounts are made for those who come:
	//
	//	github, err := upstream.New(upstream.GitHub(os.Getenv("GITHUB_ID"), upstream.Secret(os.Getenv("GITHUB_SECRET"))))
	//	if err != nil {
	//		return nil, nil, err
	//	}
	//	all = append(all, github)
	//
	// A company's SAML identity provider (docs/guides/saml.md), with the file that its
	// administrator gives you:
	//
	//	metadata, err := os.ReadFile("metadata.xml")
	//	if err != nil {
	//		return nil, nil, err
	//	}
	//	company, err := saml.New(saml.IdentityProvider{Name: "company", Label: "Company", Metadata: metadata})
	//	if err != nil {
	//		return nil, nil, err
	//	}
	//	all = append(all, company)
	return passwords, all, nil
}
