package provider

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// userInfo is the userinfo endpoint (OpenID Connect Core section 5.3): what the
// scopes of the token, and the claims parameter of the request behind it, say of
// the person. The token comes in the Authorization header and nowhere else
// (BC-01). One read.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearerToken(r)
	if err != nil {
		return err
	}
	at := p.now()
	a, err := p.readAccessToken(r.Context(), token, at)
	if err != nil {
		return unless(err, invalidToken(err))
	}
	if a.resource != "" || a.grant.IsZero() {
		return invalidToken(errors.New("access token is for another resource, or about no person"))
	}
	g, account, standing, err := p.Store.GrantAndAccount(r.Context(), a.grant)
	if errors.Is(err, core.ErrNotFound) {
		return invalidToken(errNoGrant)
	}
	if err != nil {
		return err
	}
	if why, err := p.accessEnded(r.Context(), &a, &g, standing, at); err != nil || why != "" {
		return cmp.Or(err, invalidToken(errRefused(why)))
	}
	scopes := a.scopesOf(&g)
	if !slices.Contains(scopes, "openid") {
		return core.Refuse(core.InsufficientScope, "the access token was not granted openid")
	}
	body, err := p.personInfo(r, &g, &account, scopes)
	if err != nil {
		return err
	}
	p.respondJSON(w, r, http.StatusOK, body)
	return nil
}

// personInfo collects the claims; sub is the same as in the ID token (OC-23).
func (p *Provider) personInfo(r *http.Request, g *core.Grant, account *core.Account, scopes []string) (map[string]any, error) {
	asked, err := parseClaims(g.Claims)
	if err != nil {
		return nil, err
	}
	var c *core.Client
	if len(asked.UserInfo) > 0 { // only then it matters what the client may name
		found, err := p.knownClient(r.Context(), g.Client)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			c = found
		}
	}
	body := p.claimsFor(g, account, c, scopes, asked.UserInfo, atUserInfo)
	question := core.ClaimsQuestion{Account: *account, Client: g.Client, Scopes: scopes, UserInfo: true}
	if err := p.hookClaims(r.Context(), body, question); err != nil {
		return nil, err
	}
	body["sub"] = core.Subject(g.Account)
	return body, nil
}

// bearerToken reads the one place that a token may come in. Anywhere else it is
// refused and not looked at (RFC 6750 section 2.1, OAuth 2.1 section 5.1).
func bearerToken(r *http.Request) (string, error) {
	if strings.Contains(r.URL.RawQuery, "access_token") || len(r.Header["Authorization"]) > 1 {
		return "", misplacedToken()
	}
	if r.Method == http.MethodPost && r.ContentLength != 0 {
		if v, err := param.ParseForm(r, param.Limits{QueryIgnored: true}); err == nil && v.Has("access_token") {
			return "", misplacedToken()
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme == "" {
		return "", core.Refuse(core.InvalidRequest, "the access token is missing")
	}
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t,") {
		return "", misplacedToken()
	}
	return token, nil
}

func misplacedToken() error {
	return core.Refuse(core.InvalidRequest, "send the access token once, in the Authorization header")
}

// invalidToken is the one answer to every token that is not good (OC-24).
func invalidToken(cause error) error {
	return core.Refuse(core.InvalidToken, "the access token is expired, revoked or not valid here").Because(cause)
}
