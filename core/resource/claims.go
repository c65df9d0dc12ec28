package resource

import (
	"github.com/keywright/keywright/internal/jose"
)

// claims are those of a JWT access token or of an introspection answer that are looked at.
type claims struct {
	issuer, subject, client, id, scope, acr string
	audience                                jose.Audience
	amr                                     []string
	times                                   jose.Times
	authTime                                jose.NumericDate
	confirm                                 confirmation
	actors                                  []Actor
	active                                  bool // introspection alone
}

// confirmation is the cnf claim (RFC 7800 section 3.1).
type confirmation struct {
	there      bool
	thumbprint string // jkt, RFC 9449 section 6
	x5t        string // x5t#S256, RFC 8705 section 3.1
	unknown    bool   // it has nothing that is known here, so it cannot be proven
}

// readClaims reads one JSON object, strictly: a claim of a wrong type spoils the whole.
func readClaims(doc []byte) (claims, error) {
	var c claims
	err := jose.EachMember(doc, c.read)
	return c, err
}

func (c *claims) read(name, value string) (err error) {
	switch name {
	case "iss":
		c.issuer, err = jose.Text(value)
	case "sub":
		c.subject, err = jose.Text(value)
	case "client_id":
		c.client, err = jose.Text(value)
	case "jti":
		c.id, err = jose.Text(value)
	case "scope":
		c.scope, err = jose.Text(value)
	case "acr":
		c.acr, err = jose.Text(value)
	case "aud":
		err = c.readAudience(value)
	case "amr":
		c.amr, err = jose.Texts(value)
	case "exp":
		err = c.times.Expires.UnmarshalJSON([]byte(value))
	case "nbf":
		err = c.times.NotBefore.UnmarshalJSON([]byte(value))
	case "iat":
		err = c.times.IssuedAt.UnmarshalJSON([]byte(value))
	case "auth_time":
		err = c.authTime.UnmarshalJSON([]byte(value))
	case "cnf":
		err = c.confirm.read(value)
	case "act":
		c.actors, err = readActors(value)
	case "active":
		c.active = value == "true"
	}
	return err
}

// readAudience takes the usual form, one string, on the short way.
func (c *claims) readAudience(value string) error {
	if value[0] != '"' || len(value) == 2 {
		return c.audience.UnmarshalJSON([]byte(value))
	}
	one, err := jose.Text(value)
	c.audience = jose.Audience{one}
	return err
}

func (c *confirmation) read(value string) error {
	c.there = true
	err := jose.EachMember([]byte(value), func(name, value string) (err error) {
		switch name {
		case "jkt":
			c.thumbprint, err = jose.Text(value)
		case "x5t#S256":
			c.x5t, err = jose.Text(value)
		}
		return err
	})
	c.unknown = c.thumbprint == "" && c.x5t == ""
	return err
}

// token is what the caller sees of the claims.
func (s *Resource) token(c *claims, doc []byte) *Token {
	return &Token{
		Issuer: c.issuer, Subject: c.subject, ClientID: c.client, ID: c.id, Scopes: splitScope(c.scope), Audience: c.audience,
		Expires: c.times.Expires.Time(), IssuedAt: c.times.IssuedAt.Time(), AuthTime: c.authTime.Time(),
		ACR: c.acr, AMR: c.amr, Actors: c.actors, hierarchy: s.hierarchy, confirm: c.confirm, claims: doc,
	}
}
