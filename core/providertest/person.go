package providertest

import (
	"net/http/cookiejar"
	"strings"

	"github.com/keywright/keywright/core"
)

// Person is somebody with an address and a password. What they do in a browser
// is in Browser.
type Person struct {
	Name, Email, Password string
	provider              *Provider
}

// Person makes an account whose address is proven, and gives back its owner.
func (p *Provider) Person(email, password string) *Person {
	p.t.Helper()
	someone := p.Stranger(email, password)
	change, err := p.passwords.Account(p.t.Context(), someone.Name, email, password, p.Now())
	if err == nil {
		err = p.Store().CreateAccount(p.t.Context(), change)
	}
	if err != nil {
		p.t.Fatalf("providertest: the account of %s: %v", email, err)
	}
	return someone
}

// Stranger is a person without an account, who may sign up.
func (p *Provider) Stranger(email, password string) *Person {
	name, _, _ := strings.Cut(email, "@")
	return &Person{Name: strings.ToUpper(name[:1]) + name[1:], Email: email, Password: password, provider: p}
}

// Account is the person's account as stored.
func (s *Person) Account() core.Account {
	p := s.provider
	p.t.Helper()
	a, err := p.Store().AccountByIdentifier(p.t.Context(), core.Identifier{Kind: core.IdentifierEmail, Value: strings.ToLower(s.Email)})
	if err != nil {
		p.t.Fatalf("providertest: the account of %s: %v", s.Email, err)
	}
	return a
}

// Browser is a browser of this person that has never been anywhere.
func (s *Person) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.provider.t.Fatalf("providertest: %v", err)
	}
	client := s.provider.HTTP()
	client.Jar = jar
	return &Browser{person: s, http: client}
}

// SignIn signs in at a client with a new browser and agrees; what the client
// gets are its tokens.
func (s *Person) SignIn(c *Client, scopes ...string) Tokens {
	s.provider.t.Helper()
	request := c.Authorize(scopes...)
	return c.Redeem(request, s.Browser().SignIn(request.URL))
}
