package provider

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// graceOfRows is how long rows outlive what they say, so that late repeats are
// still recognised.
const graceOfRows = 24 * time.Hour

// grantTerms is all that a code stands for, complete but for its row (CD-03).
func (p *Provider) grantTerms(f *core.Facts, account core.ID, random [16]byte, at time.Time) core.GrantTerms {
	q, lifetimes := &f.Request, f.Client.Lifetimes.Or(p.Lifetimes)
	terms := core.GrantTerms{
		Lane: f.Client.Lane, ClientHash: f.ClientHash, AuthMethod: f.Client.AuthMethod,
		Access: q.Access, Claims: q.Claims, ClaimScopes: q.ClaimScopes,
		AskedAuthTime: q.AskedAuthTime || q.MaxAge != nil || f.Client.RequireAuthTime,
		Offline:       lastsAway(f),
		Epochs: core.GrantEpochs{
			Account: f.Account.GrantsEpoch, Client: f.Client.Epoch, Consent: f.Consent.Epoch,
		},
		Secret:    handle.Content{Random: random}.Digest(),
		Challenge: q.Challenge, RedirectHash: sha256.Sum256([]byte(q.RedirectURI)), Nonce: q.Nonce,
		CreatedAt: at, CodeEnds: at.Add(lifetimes.Code), Ends: at.Add(lifetimes.RefreshMax),
	}
	terms.ACR, terms.AMR, terms.AuthTime = f.Strength(account)
	return terms
}

// newGrant is a grant that holds a code. Its row has the end that it keeps when the
// code is redeemed; if it never is, the row goes sooner (Grant.Kept).
func newGrant(id, account, session core.ID, client string, terms core.GrantTerms) core.Grant {
	return core.Grant{
		ID: id, State: core.GrantCode, Account: account, Client: client, Session: session, GrantTerms: terms,
		Row: core.Row{Change: core.NewID(terms.CreatedAt), KeepUntil: terms.Ends.Add(graceOfRows)},
	}
}

// code is the authorization code of a grant.
func (p *Provider) code(grant core.ID, random [16]byte) string {
	return p.Keys.Ring().Mint(handle.Code, handle.Content{ID: grant, Random: random})
}

// respondAtOnce gives a code to who is signed in and has agreed before: one
// row, and no interaction.
func (p *Provider) respondAtOnce(w http.ResponseWriter, r *http.Request, f *core.Facts, account core.ID) error {
	session := live(f.SignedIn, account, f.At)
	if session == nil {
		return errors.New("provider: a code for who is not signed in")
	}
	random := handle.NewRandom()
	terms := p.grantTerms(f, account, random, f.At)
	g := newGrant(core.NewID(f.At), account, session.Session.ID, f.Client.ID, terms)
	if err := p.judgeGrant(r.Context(), g, f.Client); err != nil {
		return err
	}
	if err := p.Store.CreateGrant(r.Context(), g); err != nil {
		return err
	}
	if p.Tools.Observer != nil {
		p.observe(r.Context(), p.happened(r, f.At, core.EventGrantCreated, account, f.Client.ID, g.ID))
	}
	p.respondSuccess(w, r, f.Request, p.code(g.ID, random))
	return nil
}
