package upstream

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/keywright/keywright/core"
)

// depart sends the browser to the provider.
func (a *Authenticator) depart(ctx context.Context, t core.Turn) (core.Reply, error) {
	s := a.site(ctx, t.Connection)
	if s == nil {
		return a.problem(t, nil, problemGone)
	}
	m, err := s.metadata(ctx, t.At)
	if err != nil {
		s.log.WarnContext(ctx, "a provider cannot be used", "issuer", s.Issuer, "error", err)
		return a.problem(t, s, problemOf(err))
	}
	try := &attempt{
		State: t.State(), Verifier: oauth2.GenerateVerifier(), Issuer: s.Issuer, Client: s.ClientID,
		Connection: s.connection, SendsIss: m.SendsIss, Begun: t.At.Unix(),
	}
	if !s.OAuth2 {
		try.Nonce = rand.Text()
	}
	try.ask(&s.Provider, t)
	if s.OAuth2 && try.MaxAge != nil && !s.InsecureStaleSignIn {
		return a.problem(t, s, problemStale) // it has no way to say when
	}
	to, err := s.authorizationURL(m.Authorization, t, try)
	if err != nil {
		return a.problem(t, s, problemBroken)
	}
	keep, err := notes{Attempt: try, For: t.Account.ID, Purpose: t.Purpose}.keep()
	return core.Redirect{URL: to, Keep: keep}, err
}

// ask notes what the local request demands of the sign-in there.
func (try *attempt) ask(p *Provider, t core.Turn) {
	again := t.Purpose == core.TurnSignIn && !t.Account.ID.IsZero()
	if t.Request != nil {
		again = again || t.Request.Asks(core.PromptLogin)
		if t.Request.MaxAge != nil {
			seconds := int64(*t.Request.MaxAge / time.Second)
			try.MaxAge = &seconds
		}
		if p.PassACR {
			try.ACR = slices.Clone(t.Request.ACRMust)
		}
	}
	if again {
		zero := int64(0)
		try.MaxAge, try.Fresh = &zero, true
	}
}

// authorizationURL is the request (OpenID Connect Core section 3.1.2.1, RFC 7636 section 4.3). Parameters that the endpoint's
// own URL has are kept.
func (s *site) authorizationURL(endpoint string, t core.Turn, try *attempt) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name, value := range s.Parameters {
		q.Set(name, value)
	}
	for name, value := range map[string]string{
		"response_type": "code", "client_id": s.ClientID, "redirect_uri": t.Issuer + s.callback,
		"scope": strings.Join(s.scopes(), " "), "state": try.State, "nonce": try.Nonce,
		"code_challenge": oauth2.S256ChallengeFromVerifier(try.Verifier), "code_challenge_method": "S256",
		"login_hint": s.loginHint(t), "prompt": s.prompt(t, try),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if s.FormPost {
		q.Set("response_mode", "form_post")
	}
	if len(s.HostedDomains) > 0 {
		q.Set("hd", s.HostedDomains[0])
	}
	if try.MaxAge != nil && !s.OAuth2 {
		q.Set("max_age", strconv.FormatInt(*try.MaxAge, 10))
	}
	if acr := s.acrValues(t, try); acr != "" {
		q.Set("acr_values", acr)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// loginHint is whom the person said they are, or are known to be.
func (s *site) loginHint(t core.Turn) string {
	hint := t.Identifier
	if hint == "" && t.Request != nil {
		hint = t.Request.LoginHint
	}
	if hint == "" && t.Purpose == core.TurnSignIn {
		hint = t.Account.Email
	}
	if len(hint) > core.MaxIdentifier {
		return ""
	}
	return hint
}

// prompt asks for a fresh sign-in, or for a choice where the client asked for one or an identity is to be linked. prompt=none is
// never handed on: whoever is sent away may be asked.
func (s *site) prompt(t core.Turn, try *attempt) string {
	switch {
	case s.OAuth2: // has no such parameter, or one with values of its own
	case try.Fresh:
		return core.PromptLogin
	case t.Purpose == core.TurnEnrol, t.Request != nil && t.Request.Asks(core.PromptSelect):
		return core.PromptSelect
	}
	return s.Parameters["prompt"]
}

func (s *site) acrValues(t core.Turn, try *attempt) string {
	if !s.PassACR || t.Request == nil {
		return ""
	}
	all := slices.Clone(try.ACR)
	for _, v := range t.Request.ACRValues {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, " ")
}
