package upstream

// GitHub signs in with GitHub accounts. Its subject is the number of the account, since a login can be given to somebody
// else; its address is the primary one, if that is verified.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
// https://docs.github.com/rest/users/users and https://docs.github.com/rest/users/emails (2026-11).
func GitHub(clientID string, secret Secret) Provider {
	return Provider{
		Name: "github", Label: "GitHub", Issuer: "https://github.com", ClientID: clientID, ClientSecret: secret, OAuth2: true,
		SecretInBody: true, Scopes: []string{"read:user", "user:email"},
		Endpoints: Endpoints{
			Authorization: "https://github.com/login/oauth/authorize", Token: "https://github.com/login/oauth/access_token",
			UserInfo: "https://api.github.com/user", Emails: "https://api.github.com/user/emails",
		},
		Claims: Claims{Subject: "id", PreferredUsername: "login", Picture: "avatar_url", GivenName: "-", FamilyName: "-", Locale: "-", Email: "-"},
	}
}

// Discord signs in with Discord accounts.
// https://discord.com/developers/docs/topics/oauth2 and https://discord.com/developers/docs/resources/user (2026-11).
func Discord(clientID string, secret Secret) Provider {
	return Provider{
		Name: "discord", Label: "Discord", Issuer: "https://discord.com", ClientID: clientID, ClientSecret: secret, OAuth2: true,
		Scopes: []string{"identify", "email"},
		Endpoints: Endpoints{
			Authorization: "https://discord.com/oauth2/authorize", Token: "https://discord.com/api/oauth2/token",
			UserInfo: "https://discord.com/api/v10/users/@me", Revocation: "https://discord.com/api/oauth2/token/revoke",
		},
		Claims: Claims{Subject: "id", Name: "global_name", PreferredUsername: "username", EmailVerified: "verified", Picture: "-", GivenName: "-", FamilyName: "-"},
	}
}

// LinkedIn signs in with LinkedIn accounts. Its ID tokens carry no nonce, so they are not used: the person is whom its
// userinfo names.
// https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2 (2026-11).
func LinkedIn(clientID string, secret Secret) Provider {
	return Provider{
		Name: "linkedin", Label: "LinkedIn", Issuer: "https://www.linkedin.com/oauth", ClientID: clientID, ClientSecret: secret, OAuth2: true,
		SecretInBody: true, Scopes: []string{"openid", "profile", "email"},
		Endpoints: Endpoints{
			Authorization: "https://www.linkedin.com/oauth/v2/authorization", Token: "https://www.linkedin.com/oauth/v2/accessToken",
			UserInfo: "https://api.linkedin.com/v2/userinfo",
		},
		Claims: Claims{Locale: "-"},
	}
}

// Facebook signs in with Facebook accounts. It does not say whether an address is verified, so none is.
// https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (2026-11).
func Facebook(clientID string, secret Secret) Provider {
	const graph = "https://graph.facebook.com/v24.0"
	return Provider{
		Name: "facebook", Label: "Facebook", Issuer: "https://www.facebook.com", ClientID: clientID, ClientSecret: secret, OAuth2: true,
		SecretInBody: true, Scopes: []string{"public_profile", "email"},
		Endpoints: Endpoints{
			Authorization: "https://www.facebook.com/v24.0/dialog/oauth", Token: graph + "/oauth/access_token",
			UserInfo: graph + "/me?fields=id,name,first_name,last_name,email",
		},
		Claims: Claims{Subject: "id", GivenName: "first_name", FamilyName: "last_name", EmailVerified: "-", Picture: "-", Locale: "-", PreferredUsername: "-"},
	}
}

// X signs in with X accounts. It gives no address.
// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code and
// https://docs.x.com/x-api/users/get-my-user (2026-11).
func X(clientID string, secret Secret) Provider {
	return Provider{
		Name: "x", Label: "X", Issuer: "https://x.com", ClientID: clientID, ClientSecret: secret, OAuth2: true,
		Scopes: []string{"users.read", "tweet.read"},
		Endpoints: Endpoints{
			Authorization: "https://x.com/i/oauth2/authorize", Token: "https://api.x.com/2/oauth2/token",
			UserInfo: "https://api.x.com/2/users/me?user.fields=profile_image_url", Revocation: "https://api.x.com/2/oauth2/revoke",
		},
		Claims: Claims{Subject: "data.id", Name: "data.name", PreferredUsername: "data.username", Picture: "data.profile_image_url", Email: "-", EmailVerified: "-", GivenName: "-", FamilyName: "-", Locale: "-"},
	}
}
