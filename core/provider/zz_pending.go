package provider

import (
	"encoding/json"
	"net/http"

	"github.com/keywright/keywright/core"
)

type idTokenClaims struct {
	Subject   string   `json:"sub"`
	Audience  []string `json:"aud"`
	SessionID string   `json:"sid"`
}

func (p *Provider) readIDToken(token string) (c idTokenClaims, err error) {
	payload, _, err := p.Keys.Verify(token, "JWT")
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(payload, &c)
}

func (p *Provider) token(http.ResponseWriter, *http.Request) error         { return core.PageNotFound }
func (p *Provider) revocation(http.ResponseWriter, *http.Request) error    { return core.PageNotFound }
func (p *Provider) introspection(http.ResponseWriter, *http.Request) error { return core.PageNotFound }
func (p *Provider) userInfo(http.ResponseWriter, *http.Request) error      { return core.PageNotFound }
