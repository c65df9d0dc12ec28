package provider

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/subject"
)

const markWorkload = "workload_assertion"

var (
	errNoRule       = errors.New("assertion: no rule fits the workload")
	errRuleClient   = errors.New("assertion: the client of the rule is not there, switched off, or not seeded with the grant type")
	errAssertionIDs = errors.New("assertion: has no jti")
)

// fromWorkload says whether the assertion is all that the request shows: it is of
// an issuer that is trusted for workloads, or of one that nobody here knows and
// beside it stands no client.
func (p *Provider) fromWorkload(r *http.Request, q *clientQuestion) bool {
	if len(p.trusted) == 0 || q.values.Get("grant_type") != core.GrantJWTBearer || q.values.Get("assertion") == "" {
		return false
	}
	if by, err := p.assertedBy(q.values.Get("assertion")); err == nil {
		return by.People == nil
	}
	return !showsCredential(r, q) && q.values.Get("client_id") == ""
}

// showsCredential says whether a client authenticates itself.
func showsCredential(r *http.Request, q *clientQuestion) bool {
	return len(r.Header["Authorization"]) > 0 || slices.ContainsFunc(
		[]string{"client_secret", "client_assertion", "client_assertion_type"},
		func(name string) bool { return q.values.Get(name) != "" })
}

// tokenForWorkload answers a workload. Its assertion is its authentication: the
// rule that it fits names the client that it acts as (WF-01).
func (p *Provider) tokenForWorkload(r *http.Request, q *clientQuestion) (tokenResponse, error) {
	if showsCredential(r, q) {
		return tokenResponse{}, core.Refuse(core.InvalidRequest, "a workload shows its assertion and no other credential")
	}
	return p.grantWorkload(r.Context(), q)
}

// grantWorkload gives a token like that of client_credentials: there is no grant,
// and it ends with the client's epoch, its time, or a mark.
func (p *Provider) grantWorkload(ctx context.Context, q *clientQuestion) (tokenResponse, error) {
	a, err := p.readGrantAssertion(ctx, q.values.Get("assertion"), q.at)
	if err != nil {
		return tokenResponse{}, err
	}
	rule, err := a.rule(q.values.Get("client_id"))
	if err != nil {
		return tokenResponse{}, err
	}
	if err := p.actAs(ctx, q, rule.Client); err != nil {
		return tokenResponse{}, err
	}
	asked, err := askedScopes(q)
	if err != nil {
		return tokenResponse{}, err
	}
	access, err := p.mayHave(q, rule.Access)
	if err != nil {
		return tokenResponse{}, err
	}
	access, err = p.askedWithin(q, asked, p.byDefault(q, asked, access))
	if err != nil {
		return tokenResponse{}, err
	}
	t, err := p.chooseTarget(q.client, access, access, q.values.All("resource"))
	if err != nil {
		return tokenResponse{}, err
	}
	token, lifetime, err := p.issueAccessToken(ctx, nil, q.client, &t, q.at)
	if err != nil {
		return tokenResponse{}, err
	}
	if !rule.Reusable {
		if err := p.spendWorkloadAssertion(ctx, q, a); err != nil {
			return tokenResponse{}, err
		}
	}
	e := q.event(core.EventTokenIssued, &core.Grant{Client: q.client.ID}, "workload")
	e.More = map[string]string{"issuer": a.Issuer, "subject": a.Subject}
	p.observe(ctx, e)
	return accessTokenResponse(token, lifetime, t.scopes), nil
}

// rule finds the first one that the assertion fits and, where the request names a
// client, that is for it.
func (a *assertion) rule(client string) (*core.TrustedWorkload, error) {
	var all map[string]json.RawMessage
	if err := jose.StrictClaims(a.payload, &all); err != nil {
		return nil, badAssertion("a claim of the assertion is malformed", err)
	}
	for i := range a.by.Workloads {
		rule := &a.by.Workloads[i]
		if client != "" && client != rule.Client || !fits(rule, all) {
			continue
		}
		if a.ID == "" && !rule.Reusable {
			return nil, badAssertion("the assertion lacks jti", errAssertionIDs)
		}
		return rule, nil
	}
	return nil, badAssertion("no workload is known by the claims of the assertion", errNoRule)
}

// fits compares every claim of the rule, exactly. What is no string fits nothing.
func fits(rule *core.TrustedWorkload, all map[string]json.RawMessage) bool {
	for name, want := range rule.Claims {
		var is string
		raw := all[name]
		if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &is) != nil || is != want {
			return false
		}
	}
	return len(rule.Claims) > 0
}

// actAs finds the client of a rule as it stands, no older than core.MaxClientStale.
func (p *Provider) actAs(ctx context.Context, q *clientQuestion, id string) error {
	c, err := p.knownClient(ctx, id)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	if err != nil || c.Disabled || c.Deleted || c.Lane != core.LaneSeeded || !c.MayUse(core.GrantJWTBearer) || strings.HasPrefix(c.ID, accountSubject) {
		return core.Refuse(core.UnauthorizedClient, "the client of the workload may not use assertions").Because(errRuleClient)
	}
	q.client = c
	return nil
}

// spendWorkloadAssertion marks the assertion as used: the one write, after all
// else (WF-01).
func (p *Provider) spendWorkloadAssertion(ctx context.Context, q *clientQuestion, a *assertion) error {
	seen := sha256.Sum256([]byte(subject.Key(a.Issuer, a.ID)))
	err := p.spend(ctx, q, markWorkload, seen, a.Expires.Time())
	if errors.Is(err, errAssertionUsed) {
		return badAssertion("the assertion was used before", err)
	}
	return err
}
