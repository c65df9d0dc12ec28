package upstream

// The presets are data: the addresses and names of well-known providers, each with its source and the month in which it was
// entered. What a preset leaves out is found by discovery. Change what a company needs otherwise before handing it to New.

// Google signs in with Google accounts. List gmail.com in Domains to have it
// believed, and a company's domain too, which then counts for people whose hd claim is that domain; in HostedDomains to
// admit nobody else.
// https://developers.google.com/identity/openid-connect/openid-connect and
// https://accounts.google.com/.well-known/openid-configuration (2026-11).
func Google(clientID string, secret Secret) Provider {
	return Provider{
		Name: "google", Label: "Google", Issuer: "https://accounts.google.com", ClientID: clientID, ClientSecret: secret,
		Claims: Claims{HostedDomain: "hd", OwnDomains: []string{"gmail.com"}},
	}
}

// microsoftPersonal is the tenant of personal accounts.
const microsoftPersonal = "9188040d-6c67-4c5b-b112-36a304b66dad"

// Microsoft signs in with accounts of the Entra tenants given, by id. With one tenant its own issuer is asked; with several
// the common one, and the issuer of each token is rebuilt from its tid claim, which must be among them. Personal accounts
// are the tenant "9188040d-6c67-4c5b-b112-36a304b66dad". An address is verified only where the optional claim
// xms_edov is the value true: anything else in an Entra token may have been typed by its tenant's administrator.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc, .../access-token-claims-reference and
// .../optional-claims-reference (2026-11).
func Microsoft(clientID string, secret Secret, tenants ...string) Provider {
	const base = "https://login.microsoftonline.com/"
	p := Provider{
		Name: "microsoft", Label: "Microsoft", ClientID: clientID, ClientSecret: secret, SecretInBody: true, NoUserInfo: true,
		Claims: Claims{EmailVerified: "xms_edov"},
	}
	if len(tenants) == 1 {
		p.Issuer = base + tenants[0] + "/v2.0"
		return p
	}
	whom := "organizations"
	for _, t := range tenants {
		if t == microsoftPersonal {
			whom = "common"
		}
	}
	p.Issuer = base + "{tenantid}/v2.0"
	p.DiscoveryURL = base + whom + "/v2.0/.well-known/openid-configuration"
	p.Tenants = &Tenants{Template: base + tenantIn + "/v2.0", Claim: "tid", Allowed: tenants}
	return p
}

// GitLab signs in with accounts of gitlab.com.
// https://docs.gitlab.com/integration/openid_connect_provider/ (2026-11).
func GitLab(clientID string, secret Secret) Provider {
	return Provider{Name: "gitlab", Label: "GitLab", Issuer: "https://gitlab.com", ClientID: clientID, ClientSecret: secret}
}

// Okta signs in with accounts of an Okta organization, by its host: "example.okta.com". For a custom authorization server
// add its path to Issuer: "/oauth2/default".
// https://developer.okta.com/docs/reference/api/oidc/ (2026-11).
func Okta(host, clientID string, secret Secret) Provider {
	return Provider{Name: "okta", Label: "Okta", Issuer: "https://" + host, ClientID: clientID, ClientSecret: secret}
}

// Auth0 signs in with accounts of an Auth0 tenant, by its host: "example.eu.auth0.com". Its issuer ends with a slash.
// https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery (2026-11).
func Auth0(host, clientID string, secret Secret) Provider {
	return Provider{Name: "auth0", Label: "Auth0", Issuer: "https://" + host + "/", ClientID: clientID, ClientSecret: secret, SecretInBody: true}
}

// Slack signs in with Slack accounts.
// https://api.slack.com/authentication/sign-in-with-slack and https://slack.com/.well-known/openid-configuration
// (2026-11).
func Slack(clientID string, secret Secret) Provider {
	return Provider{Name: "slack", Label: "Slack", Issuer: "https://slack.com", ClientID: clientID, ClientSecret: secret, SecretInBody: true}
}

// Twitch signs in with Twitch accounts. It leaves addresses to userinfo.
// https://dev.twitch.tv/docs/authentication/getting-tokens-oidc/ (2026-11).
func Twitch(clientID string, secret Secret) Provider {
	return Provider{
		Name: "twitch", Label: "Twitch", Issuer: "https://id.twitch.tv/oauth2", ClientID: clientID, ClientSecret: secret,
		SecretInBody: true, Scopes: []string{"openid", "user:read:email"},
		Parameters: map[string]string{"claims": `{"userinfo":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}`},
		Claims:     Claims{Name: "preferred_username"},
	}
}
