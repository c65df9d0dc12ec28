package saml

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/keywright/keywright/core"
)

// Endpoints are where answers arrive, our metadata, and where the identity provider
// says that somebody has signed out.
func (a *Authenticator) Endpoints() []core.Endpoint {
	return []core.Endpoint{
		{Kind: core.EndpointReturn, Path: a.base + "/acs", Posts: true, Arrive: a.arrive},
		{Kind: core.EndpointDocument, Path: a.base + "/metadata", Document: a.document},
		{Kind: core.EndpointNotice, Path: a.base + "/slo", Notice: a.notice},
	}
}

// arrive leads an answer to the interaction that asked, which alone can read it.
// One that answers nobody begins a sign-in, if that is allowed.
func (a *Authenticator) arrive(ctx context.Context, r core.Returned) (core.Arrival, error) {
	if !r.Posted || len(r.Values["SAMLResponse"]) != 1 || len(r.Values["RelayState"]) > 1 {
		return core.Arrival{}, core.PageOld.Because(refuse(reasonBinding, "not one answer by POST"))
	}
	p, err := a.peerOf(r.Connection)
	if err != nil {
		return core.Arrival{}, err
	}
	relay := r.Values.Get("RelayState")
	if p.idp.AllowUnsolicited {
		if at, err := a.arriveUnasked(ctx, r); err == nil || !answersSomebody(err) {
			return at, err
		}
	}
	if relay == "" || len(relay) > maxRelayState || hasScheme(relay) {
		return core.Arrival{}, core.PageOld.Because(refuse(reasonRelayState, "%d bytes that are no state of ours", len(relay)))
	}
	return core.Arrival{Step: a.step, State: relay}, nil
}

// errSolicited says that an answer is to a request: it belongs to an interaction.
var errSolicited = errors.New("saml: answers a request")

func answersSomebody(err error) bool { return errors.Is(err, errSolicited) }

// arriveUnasked reads an answer that nobody had asked for, whole, before a sign-in
// begins with it. Its RelayState is not looked at (SM-15).
func (a *Authenticator) arriveUnasked(ctx context.Context, r core.Returned) (core.Arrival, error) {
	message, err := posted(r)
	if err != nil {
		return core.Arrival{}, core.PageOld.Because(err)
	}
	root, err := parse(message, messageForm())
	if err != nil {
		return core.Arrival{}, core.PageOld.Because(err)
	}
	if attribute(root, "InResponseTo") != "" {
		return core.Arrival{}, errSolicited
	}
	p, x, err := a.expect(ctx, r, a.now(), nil)
	if err != nil {
		return core.Arrival{}, core.PageAway.Because(err)
	}
	s, err := x.readRenewing(ctx, p, message)
	if err != nil {
		a.log.InfoContext(ctx, "an answer that nobody asked for was refused", slog.String("name", p.idp.Name), slog.Any("error", err))
		return core.Arrival{}, core.PageOld.Because(err)
	}
	kept, err := notes{Brought: s}.bytes()
	return core.Arrival{Step: a.step, Notes: kept}, err
}

func hasScheme(s string) bool {
	u, err := url.Parse(s)
	return err != nil || u.Scheme != "" || u.Host != ""
}
