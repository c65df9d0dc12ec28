package saml

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

const (
	formatTransient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatEmail     = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
)

// The names by which attributes usually come: of OpenLDAP and eduPerson, of
// Microsoft, and plain ones.
const (
	claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	oid    = "urn:oid:"
)

// identity is a statement as the provider understands it.
func (a *Authenticator) identity(c *core.Connection, terms Terms, own service, s *statement) (core.Identity, error) {
	profile := profileOf(terms.Attributes, s)
	i := core.Identity{
		Issuer: s.EntityID, Subject: s.NameID.Value, Stable: s.NameID.Format != formatTransient,
		Profile: profile, EmailTrusted: speaksFor(terms.Domains, profile.Email),
		AMR: []string{"fed"}, ACR: s.Context, AuthTime: s.At, SessionIndex: s.SessionIndex, SessionEnds: s.SessionEnds,
	}
	if i.EmailTrusted && terms.Attributes.EmailVerified == "" {
		i.Profile.EmailVerified = true // SAML has no word for it: who gives out the addresses of a domain knows whose they are
	}
	if slices.Contains(terms.MultiFactorContexts, s.Context) {
		i.AMR = append(i.AMR, "mfa")
	}
	if name := terms.SubjectAttribute; name != "" {
		values := s.Attributes[name]
		if len(values) != 1 {
			return i, refuse(reasonSubject, "attribute %q has %d values", name, len(values))
		}
		i.Subject, i.Stable = values[0], true
		i.Key = a.key(c, s.EntityID, "attribute", name, values[0])
		return i, nil
	}
	i.Key = a.nameKey(c, own, s.EntityID, s.NameID)
	return i, nil
}

// nameKey is how a NameID is stored. A qualifier that says only what is the case
// without it does not make another person of it (SAML-C section 8.3.7).
func (a *Authenticator) nameKey(c *core.Connection, own service, entityID string, n nameID) core.CredentialKey {
	if n.Qualifier == entityID {
		n.Qualifier = ""
	}
	if n.SPQualifier == own.entityID {
		n.SPQualifier = ""
	}
	return a.key(c, entityID, "name", n.Qualifier, n.SPQualifier, n.Value)
}

// key hashes what names a person, so that neither an address nor a name stands in
// a handle (SM-16). A connection is part of it: what one organization's identity
// provider is called and says must not open an account of another one's.
func (a *Authenticator) key(c *core.Connection, parts ...string) core.CredentialKey {
	h := sha256.New()
	if a.single == nil && c != nil {
		h.Write(c.ID[:])
	}
	for _, part := range parts {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return core.CredentialKey{Kind: a.method, Handle: base64.RawURLEncoding.EncodeToString(h.Sum(nil))}
}

// profileOf reads the person's profile.
func profileOf(by Attributes, s *statement) core.Profile {
	one := func(own string, usual ...string) string {
		if own != "" {
			usual = []string{own}
		}
		for _, name := range usual {
			switch values := s.Attributes[name]; {
			case len(values) == 1:
				return values[0]
			case len(values) > 1:
				return "" // none of several is chosen
			}
		}
		return ""
	}
	p := core.Profile{
		Name:              one(by.Name, "displayName", "name", oid+"2.16.840.1.113730.3.1.241", "http://schemas.microsoft.com/identity/claims/displayname"),
		GivenName:         one(by.GivenName, "givenName", "firstName", "given_name", oid+"2.5.4.42", claims+"givenname"),
		FamilyName:        one(by.FamilyName, "sn", "surname", "lastName", "family_name", oid+"2.5.4.4", claims+"surname"),
		PreferredUsername: one(by.Username, "username", "uid", oid+"0.9.2342.19200300.100.1.1"),
		Email:             one(by.Email, "email", "mail", oid+"0.9.2342.19200300.100.1.3", claims+"emailaddress"),
	}
	if p.Email == "" && by.Email == "" && s.NameID.Format == formatEmail {
		p.Email = s.NameID.Value
	}
	if len(p.Email) > core.MaxIdentifier || !strings.Contains(p.Email, "@") {
		p.Email = ""
	}
	if by.EmailVerified != "" && p.Email != "" {
		p.EmailVerified = slices.Contains([]string{"true", "1"}, one(by.EmailVerified))
	}
	for claim, name := range by.Claims {
		if values := s.Attributes[name]; len(values) > 0 {
			if p.Claims == nil {
				p.Claims = map[string]json.RawMessage{}
			}
			p.Claims[claim], _ = json.Marshal(values) // a list of texts
		}
	}
	return p
}

// speaksFor says whether the address is in one of the domains.
func speaksFor(domains []string, email string) bool {
	domain, ok := mailaddress.DomainOf(email)
	return ok && slices.Contains(domains, domain)
}
