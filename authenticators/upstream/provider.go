package upstream

import (
	"context"
	"log/slog"
)

// Secret prints as nothing.
type Secret string

// String hides the secret.
func (Secret) String() string { return "upstream.Secret(hidden)" }

// GoString hides the secret.
func (Secret) GoString() string { return "upstream.Secret(hidden)" }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue("hidden") }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("hidden"), nil }

// Provider is another identity provider as this one uses it. Start from a preset such as Google, or give Issuer, ClientID
// and ClientSecret: the rest is found by discovery. The members with a JSON name are what a connection's settings hold.
type Provider struct {
	// Name is the last part of the method and of URLs: "google" makes the method "upstream:google" and the callback
	// /upstream/google/callback. Lower-case letters, digits and dashes, at most 32 bytes. Unused by a connection.
	Name string `json:"-"`
	// Label is what people read: "Google" makes the button "Continue with Google". Empty is Name.
	Label string `json:"label,omitempty"`

	// Issuer is the issuer identifier, byte for byte as in ID tokens. For a provider without ID tokens it only names
	// where subjects come from, and must never change: it is part of every link.
	Issuer string `json:"issuer"`
	// ClientID is what this provider is known as there.
	ClientID string `json:"client_id"`
	// ClientSecret, where one was given. SecretFunc is asked instead at each exchange, for one that changes: from a secret
	// manager, or of AppleKey.
	ClientSecret Secret                                    `json:"-"`
	SecretFunc   func(ctx context.Context) (Secret, error) `json:"-"`
	// Apple makes the client secret from a key, as Apple asks for.
	Apple *AppleKey `json:"-"`
	// Scopes to ask for; empty is openid, email and profile where there are ID tokens.
	Scopes []string `json:"scopes,omitempty"`
	// Parameters are more of the authorization request, by name, such as "access_type": "offline". None that this package
	// sets itself.
	Parameters map[string]string `json:"parameters,omitempty"`

	// DiscoveryURL is where the metadata stands if that is not below Issuer.
	DiscoveryURL string `json:"discovery_url,omitempty"`
	// Endpoints of a provider without discovery. With all of Authorization, Token and Keys (or, for OAuth2, UserInfo)
	// nothing is discovered.
	Endpoints Endpoints `json:"endpoints,omitzero"`
	// OAuth2 says that there are no ID tokens, or none that can be believed: the person is whom UserInfo names.
	OAuth2 bool `json:"oauth2,omitempty"`
	// SecretInBody sends the client secret as a form parameter (client_secret_post) and not by HTTP Basic.
	SecretInBody bool `json:"secret_in_body,omitempty"`
	// FormPost has the answer posted (OAuth 2.0 Form Post Response Mode).
	FormPost bool `json:"form_post,omitempty"`

	// Algorithms that ID tokens may be signed with; empty is RS256 alone (OpenID Connect Core section 3.1.3.7).
	Algorithms []string `json:"algorithms,omitempty"`
	// Tenants allows several issuers, built by a rule; nil is Issuer alone.
	Tenants *Tenants `json:"tenants,omitempty"`
	// NoUserInfo never asks userinfo. Otherwise it is asked where the ID token lacks an address or a name.
	NoUserInfo bool `json:"no_userinfo,omitempty"`

	// Claims says by which names the provider calls things; the zero value is those of OpenID Connect.
	Claims Claims `json:"claims,omitzero"`

	// Domains whose addresses the provider may speak for: it is their authority (RP-14). Compared whole, without case.
	Domains []string `json:"domains,omitempty"`
	// HostedDomains admits only people whose hosted domain is among them, and asks for the first of them.
	HostedDomains []string `json:"hosted_domains,omitempty"`
	// InsecureAssumeEmailVerified takes an address in Domains as verified where the provider says nothing either way. Only
	// for a company's own provider, which hands those addresses out.
	InsecureAssumeEmailVerified bool `json:"insecure_assume_email_verified,omitempty"`

	// TrustAMR lists the values of amr or acr that are believed to mean more than one factor: "mfa". Empty believes none,
	// and the policy here decides (RP-16).
	TrustAMR []string `json:"trust_amr,omitempty"`
	// PassACR hands acr_values of the client's request on. An essential one must then come back.
	PassACR bool `json:"pass_acr,omitempty"`
	// InsecureStaleSignIn takes a way through a provider that does not say when somebody signed in there (auth_time) for a
	// fresh sign-in. Without it, such a provider cannot be used where the person has to show themselves anew.
	InsecureStaleSignIn bool `json:"insecure_stale_sign_in,omitempty"`

	// KeepTokens keeps refresh and access token, sealed, with the link. Off, they are forgotten once the person is known.
	KeepTokens bool `json:"keep_tokens,omitempty"`

	// InsecureAllowLoopback permits a provider on this machine, at any port and by plain http. For development and tests.
	InsecureAllowLoopback bool `json:"-"`
}

// Endpoints of a provider, as its metadata would name them.
type Endpoints struct {
	Authorization string `json:"authorization,omitempty"`
	Token         string `json:"token,omitempty"`
	UserInfo      string `json:"userinfo,omitempty"`
	Keys          string `json:"keys,omitempty"`
	Revocation    string `json:"revocation,omitempty"`
	// Emails lists a person's addresses in the form of GitHub: objects with email, primary and verified.
	Emails string `json:"emails,omitempty"`
}

// Tenants is the rule for a provider whose issuer differs by tenant (RP-05): an ID token is believed if its issuer is
// exactly Template with {tenant} replaced by the value of Claim, and that value is among Allowed.
type Tenants struct {
	Template string   `json:"template"`
	Claim    string   `json:"claim"`
	Allowed  []string `json:"allowed"`
}

// Claims are the names by which a provider calls things. A dot leads into an object: "data.id". An empty one is the name of
// OpenID Connect Core section 5.1; "-" is none.
type Claims struct {
	// Subject must be stable and never given to anybody else. A whole number is taken as its digits.
	Subject           string `json:"subject,omitempty"`
	Name              string `json:"name,omitempty"`
	GivenName         string `json:"given_name,omitempty"`
	FamilyName        string `json:"family_name,omitempty"`
	PreferredUsername string `json:"preferred_username,omitempty"`
	Picture           string `json:"picture,omitempty"`
	Locale            string `json:"locale,omitempty"`
	Email             string `json:"email,omitempty"`
	EmailVerified     string `json:"email_verified,omitempty"`
	// VerifiedAsText also takes the text "true", for providers that document it.
	VerifiedAsText bool `json:"verified_as_text,omitempty"`
	// HostedDomain names the claim of the company that an account belongs to ("hd"). With it, one of Domains is only
	// believed from people of that company, other than those in OwnDomains.
	HostedDomain string `json:"hosted_domain,omitempty"`
	// OwnDomains are mail domains of the provider itself ("gmail.com"), which have no hosted domain.
	OwnDomains []string `json:"own_domains,omitempty"`
	// More are claims that are kept with the account, by the name here, from the name there. At most 16.
	More map[string]string `json:"more,omitempty"`
}

// or puts the names of OpenID Connect where none is given, and nothing for "-".
func (c Claims) or() Claims {
	for _, f := range []struct {
		own   *string
		usual string
	}{
		{&c.Subject, "sub"}, {&c.Name, "name"}, {&c.GivenName, "given_name"}, {&c.FamilyName, "family_name"},
		{&c.PreferredUsername, "preferred_username"}, {&c.Picture, "picture"}, {&c.Locale, "locale"},
		{&c.Email, "email"}, {&c.EmailVerified, "email_verified"},
	} {
		switch *f.own {
		case "":
			*f.own = f.usual
		case "-":
			*f.own = ""
		}
	}
	return c
}

// scopes in force.
func (p *Provider) scopes() []string {
	if len(p.Scopes) > 0 || p.OAuth2 {
		return p.Scopes
	}
	return []string{"openid", "email", "profile"}
}

// label in force.
func (p *Provider) label() string {
	if p.Label != "" {
		return p.Label
	}
	return p.Name
}

// discovers says whether metadata has to be asked for.
func (p *Provider) discovers() bool {
	e := p.Endpoints
	if e.Authorization == "" || e.Token == "" {
		return true
	}
	return p.OAuth2 && e.UserInfo == "" || !p.OAuth2 && e.Keys == ""
}

// secret in force for one exchange.
func (p *Provider) secret(ctx context.Context, at int64) (Secret, error) {
	switch {
	case p.Apple != nil:
		return p.Apple.secret(p.ClientID, at)
	case p.SecretFunc != nil:
		return p.SecretFunc(ctx)
	}
	return p.ClientSecret, nil
}
