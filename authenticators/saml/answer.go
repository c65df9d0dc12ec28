package saml

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"

	"github.com/keywright/keywright/core"
)

// PageName is the page that says why signing in there did not work, with a button
// to try again.
const PageName = "saml"

// answer reads what the browser brought back. Whatever it is, the request is not
// open any more.
func (a *Authenticator) answer(ctx context.Context, t core.Turn, n notes) (core.Reply, error) {
	r := *t.Returned
	if a.single == nil && (r.Connection == nil || r.Connection.ID != t.Connection.ID) {
		return nil, core.PageOld.Because(errors.New("saml: an answer of another connection"))
	}
	p, x, err := a.expect(ctx, r, t.At, n.Asked)
	if x == nil {
		if p == nil {
			return nil, err
		}
		return a.refused(ctx, t, p, err), nil
	}
	s, err := x.readReturned(ctx, p, r)
	if err != nil {
		return a.refused(ctx, t, p, err), nil
	}
	return a.accept(ctx, t, p, s)
}

// readReturned checks that the answer came as it may, to the request that is open
// here, and reads it.
func (x *expected) readReturned(ctx context.Context, p *peer, r core.Returned) (*statement, error) {
	switch relay := r.Values.Get("RelayState"); {
	case !r.Posted:
		return nil, refuse(reasonBinding, "not by POST")
	case x.asked == nil:
		return nil, refuse(reasonRequest, "no request is open")
	case subtle.ConstantTimeCompare([]byte(relay), []byte(x.asked.State)) != 1:
		return nil, refuse(reasonRelayState, "a state of an older request")
	}
	message, err := posted(r)
	if err != nil {
		return nil, err
	}
	return x.readRenewing(ctx, p, message)
}

// posted is the one SAMLResponse of a form.
func posted(r core.Returned) ([]byte, error) {
	values := r.Values["SAMLResponse"]
	if len(values) != 1 {
		return nil, refuse(reasonMalformed, "%d answers", len(values))
	}
	return decodePosted(values[0])
}

// believe goes on with an answer that nobody had asked for, in the interaction
// that it began. Its age is checked again.
func (a *Authenticator) believe(ctx context.Context, t core.Turn, n notes) (core.Reply, error) {
	p, err := a.peerOf(t.Connection)
	if err != nil {
		return nil, err
	}
	if !p.idp.AllowUnsolicited || !t.At.Before(n.Brought.Ends) {
		return a.refused(ctx, t, p, refuse(reasonExpired, "brought too long ago")), nil
	}
	return a.accept(ctx, t, p, n.Brought)
}

// accept uses the assertion up, last of all (SM-13), and says who it is.
func (a *Authenticator) accept(ctx context.Context, t core.Turn, p *peer, s *statement) (core.Reply, error) {
	i, err := a.identity(t.Connection, p.idp.Terms, a.serviceOf(t.Issuer, t.Connection, p.idp.Terms), s)
	if err != nil {
		return a.refused(ctx, t, p, err), nil
	}
	first, err := t.Once(ctx, "saml assertion", a.method+" "+s.EntityID+" "+s.Assertion, s.Ends)
	if err != nil {
		return nil, err
	}
	if !first {
		return a.refused(ctx, t, p, refuse(reasonReplay, "assertion %q", s.Assertion)), nil
	}
	return core.Identified{Identity: i, Keep: core.Keep{Notes: forgotten()}}, nil
}

// refused says on a page that it did not work. The page tells one of few things;
// the log has the reason.
func (a *Authenticator) refused(ctx context.Context, t core.Turn, p *peer, err error) core.Reply {
	why := reasonMetadata
	var r *refusal
	if errors.As(err, &r) {
		why = r.reason
	}
	a.log.InfoContext(ctx, "an answer of a SAML identity provider was refused",
		slog.String("name", p.idp.Name), slog.String("reason", string(why)), slog.Any("error", err))
	id, status := problemOf(why)
	label := p.idp.Label
	if label == "" {
		label = p.idp.Name
	}
	args := map[string]any{"provider": label}
	return core.Refused{
		Page: core.Page{
			Name: PageName, Status: status, Args: args, Problems: []core.Problem{{ID: id, Args: args}},
			Links: map[string]string{"signin": string(core.StepSignIn)},
		},
		Keep: core.Keep{Notes: forgotten(), Events: []core.Event{{
			ID: core.NewID(t.At), At: t.At, Name: core.EventSignInRefused, Account: t.Account.ID,
			EventTerms: core.EventTerms{Reason: "saml_" + string(why), Address: t.Address},
		}}},
	}
}

// problemOf chooses the words and the status.
func problemOf(why reason) (id string, status int) {
	switch why {
	case reasonMetadata:
		return "saml_away", 503
	case reasonStatus:
		return "saml_denied", 403
	case reasonFresh:
		return "saml_fresh", 403
	case reasonContext:
		return "saml_context", 403
	case reasonExpired, reasonReplay, reasonRequest, reasonRelayState:
		return "saml_old", 400
	}
	return "saml_refused", 400
}
