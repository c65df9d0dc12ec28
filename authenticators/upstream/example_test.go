package upstream_test

import (
	"context"
	"fmt"
	"os"

	"github.com/keywright/keywright/authenticators/upstream"
)

// Google, and an own domain that it may speak for.
func ExampleGoogle() {
	p := upstream.Google("123.apps.googleusercontent.com", upstream.Secret(os.Getenv("GOOGLE_SECRET")))
	p.Domains = []string{"example.com"} // its people's verified addresses are believed
	a, err := upstream.New(p)
	fmt.Println(a.Method(), a.Endpoints()[0].Path, err)
	// Output: upstream:google /upstream/google/callback <nil>
}

// GitHub has no ID tokens: it is asked who the access token is of.
func ExampleGitHub() {
	a, err := upstream.New(upstream.GitHub("Iv1.0123456789abcdef", upstream.Secret(os.Getenv("GITHUB_SECRET"))))
	fmt.Println(a.Method(), err)
	// Output: upstream:github <nil>
}

// Two tenants of Microsoft, and nobody else's.
func ExampleMicrosoft() {
	a, err := upstream.New(upstream.Microsoft("11111111-2222-3333-4444-555555555555", upstream.Secret(os.Getenv("MICROSOFT_SECRET")),
		"aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002"))
	fmt.Println(a.Method(), err)
	// Output: upstream:microsoft <nil>
}

// Apple's client secret is made from a key, anew for each sign-in.
func ExampleApple() {
	key, err := os.ReadFile("/run/secrets/AuthKey_ABC1234567.p8")
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := upstream.New(upstream.Apple("com.example.signin", upstream.AppleKey{
		Team: "DEF1234567", Key: "ABC1234567", PrivateKey: string(key),
	}))
	fmt.Println(a.Method(), err)
}

// Any issuer of OpenID Connect, with a secret from somewhere that changes it.
func ExampleNew() {
	a, err := upstream.New(upstream.Provider{
		Name: "company", Label: "Example Corp", Issuer: "https://login.example.com", ClientID: "keywright",
		SecretFunc: func(context.Context) (upstream.Secret, error) {
			b, err := os.ReadFile("/run/secrets/company")
			return upstream.Secret(b), err
		},
		Domains:  []string{"example.com"},
		TrustAMR: []string{"mfa"}, // its word for several factors is believed
	})
	fmt.Println(a.Method(), a.Label(), err)
	// Output: upstream:company Example Corp <nil>
}

// A provider as data, for Provider.PutConnection.
func ExampleMakeSettings() {
	settings, secrets, err := upstream.MakeSettings(upstream.Provider{
		Issuer: "https://idp.harbour.example", ClientID: "keywright", ClientSecret: "…", Domains: []string{"harbour.example"},
	})
	fmt.Println(string(settings), len(secrets) > 0, err)
	// Output: {"issuer":"https://idp.harbour.example","client_id":"keywright","domains":["harbour.example"]} true <nil>
}
