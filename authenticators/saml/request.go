package saml

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	crewjam "github.com/crewjam/saml"

	"github.com/keywright/keywright/core"
)

// ask sends the browser to the identity provider with a new request (SAML-C
// section 3.4.1), which takes the place of an older one.
func (a *Authenticator) ask(ctx context.Context, t core.Turn) (core.Reply, error) {
	p, err := a.peerOf(t.Connection)
	if err != nil {
		return nil, err
	}
	known, err := p.party(ctx, t.At)
	if err != nil {
		return a.refused(ctx, t, p, err), nil
	}
	question := &asked{ID: newID(), State: t.State(), At: t.At, Fresh: fresh(t), Contexts: p.idp.Contexts}
	if t.MultiFactor && len(p.idp.MultiFactorContexts) > 0 {
		question.Contexts = p.idp.MultiFactorContexts
	}
	kept, err := notes{Asked: question}.bytes()
	if err != nil {
		return nil, err
	}
	keep := core.Keep{Notes: kept}
	binding := bindingRedirect
	if _, takes := known.signOn[bindingPost]; takes && p.idp.Post {
		binding = bindingPost
	}
	if _, takes := known.signOn[binding]; !takes {
		binding = bindingPost
	}
	out := a.request(t, p, question, known.signOn[binding])
	var by *keyPair
	if len(p.keys) > 0 && (p.idp.SignRequests || known.wantSigned) {
		by = p.keys[0]
	}
	if binding == bindingPost {
		post, err := out.post(by)
		return core.AutoPostTo{Post: post, Keep: keep}, err
	}
	to, err := out.redirect(by)
	return core.Redirect{URL: to, Keep: keep}, err
}

// fresh says whether who is signed in there already has to be asked anew: where we
// know the account and it has to show itself again, and where the client has asked
// for an age (OC-11). A request for the age alone is made strict, since an answer
// that is too old would have to be asked for twice.
func fresh(t core.Turn) bool {
	if t.Purpose != core.TurnSignIn {
		return false
	}
	r := t.Request
	return !t.Account.ID.IsZero() || r != nil && (r.Asks(core.PromptLogin) || r.MaxAge != nil)
}

// request is the message itself.
func (a *Authenticator) request(t core.Turn, p *peer, q *asked, to endpoint) outgoing {
	s := a.serviceOf(t.Issuer, t.Connection, p.idp.Terms)
	allow := true
	r := crewjam.AuthnRequest{
		ID: q.ID, Version: "2.0", IssueInstant: t.At.UTC(), Destination: to.location, Issuer: &crewjam.Issuer{Value: s.entityID},
		AssertionConsumerServiceURL: s.consume, ProtocolBinding: bindingPost, NameIDPolicy: &crewjam.NameIDPolicy{AllowCreate: &allow},
	}
	if p.idp.NameIDFormat != "" {
		r.NameIDPolicy.Format = &p.idp.NameIDFormat
	}
	if q.Fresh {
		force := true
		r.ForceAuthn = &force
	}
	e := r.Element()
	if len(q.Contexts) > 0 {
		wanted := e.CreateElement("samlp:RequestedAuthnContext")
		wanted.CreateAttr("Comparison", "exact")
		for _, class := range q.Contexts {
			wanted.CreateElement("saml:AuthnContextClassRef").SetText(class)
		}
	}
	return outgoing{name: "SAMLRequest", to: to, element: e, relayState: q.State}
}

// newID is an xs:ID nobody can guess: 20 random bytes (SAML-C section 1.3.4).
func newID() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // it ends the program rather than fail
	return "_" + hex.EncodeToString(b[:])
}
