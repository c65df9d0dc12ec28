package saml

import (
	"context"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"

	"github.com/keywright/keywright/core"
)

// logoutAge is how old a LogoutRequest may be that does not say when it ends.
const logoutAge = 5 * time.Minute

// notice hears that somebody has signed out at the identity provider (SAML-P
// section 4.4). Nothing ends unless the request is signed, meant for us, new, and
// names somebody (SM-23).
func (a *Authenticator) notice(ctx context.Context, n core.NoticeTurn) (core.NoticeReply, error) {
	p, x, err := a.expect(ctx, n.Returned, a.now(), nil)
	switch {
	case p == nil:
		return core.NoticeReply{}, err
	case !p.answersLogout():
		return core.NoticeReply{}, core.PageNotFound
	case err != nil:
		return core.NoticeReply{}, core.PageAway.Because(err)
	}
	out, err := x.readLogout(n.Returned)
	if err != nil {
		return core.NoticeReply{}, core.PageOld.Because(err)
	}
	first, err := n.Once(ctx, "saml logout", a.method+" "+x.party.entityID+" "+out.id, out.ends)
	if err != nil {
		return core.NoticeReply{}, err
	}
	if !first {
		return core.NoticeReply{}, core.PageOld.Because(refuse(reasonReplay, "logout %q", out.id))
	}
	reply, err := x.logoutAnswer(out)
	if err != nil {
		return core.NoticeReply{}, err
	}
	reply.SignOut = &core.SignOut{Key: a.nameKey(n.Connection, x.service, x.party.entityID, out.who), SessionIndex: out.session}
	return reply, nil
}

// logout is a LogoutRequest after every check.
type logout struct {
	id      string
	who     nameID
	session string // empty: all of them
	ends    time.Time
	relay   string
}

// readLogout reads a request by either binding.
func (x *expected) readLogout(r core.Returned) (_ *logout, err error) {
	defer contained(&err)
	read := x.queriedLogout
	if r.Posted {
		read = x.postedLogout
	}
	e, relay, err := read(r)
	if err != nil {
		return nil, err
	}
	out, err := x.checkLogout(e)
	if err == nil && len(relay) <= maxRelayState {
		out.relay = relay // it goes back as it came (SAML-B section 3.4.3)
	}
	return out, err
}

// postedLogout has the signature inside.
func (x *expected) postedLogout(r core.Returned) (*etree.Element, string, error) {
	values := r.Values["SAMLRequest"]
	if len(values) != 1 {
		return nil, "", refuse(reasonMalformed, "%d requests", len(values))
	}
	message, err := decodePosted(values[0])
	if err != nil {
		return nil, "", err
	}
	root, err := parse(message, messageForm())
	if err != nil {
		return nil, "", err
	}
	if len(called(root, "Signature")) > 1 || len(called(root, "LogoutRequest")) != 1 {
		return nil, "", refuse(reasonWrapped, "several signatures or requests")
	}
	root, err = verify(root, x.party.keys)
	return root, r.Values.Get("RelayState"), err
}

// queriedLogout has the signature beside it, over the query as it came (SM-21).
func (x *expected) queriedLogout(r core.Returned) (*etree.Element, string, error) {
	q, err := splitQuery(r.RawQuery)
	if err != nil {
		return nil, "", err
	}
	if err := verifyQuery(q, "SAMLRequest", x.party.keys); err != nil {
		return nil, "", err
	}
	packed, err := q.value("SAMLRequest")
	if err != nil {
		return nil, "", err
	}
	message, err := inflate(packed)
	if err != nil {
		return nil, "", err
	}
	relay, err := q.value("RelayState")
	if err != nil {
		return nil, "", err
	}
	root, err := parse(message, messageForm())
	return root, relay, err
}

func (x *expected) checkLogout(e *etree.Element) (*logout, error) {
	if !is(e, nsProtocol, "LogoutRequest") || attribute(e, "ID") == "" {
		return nil, refuse(reasonMalformed, "%s is no LogoutRequest", e.Tag)
	}
	if v := attribute(e, "Version"); v != "2.0" {
		return nil, refuse(reasonVersion, "version %q", v)
	}
	if text(only(e, nsAssertion, "Issuer")) != x.party.entityID {
		return nil, refuse(reasonIssuer, "not from %q", x.party.entityID)
	}
	if attribute(e, "Destination") != x.service.logout {
		return nil, refuse(reasonDestination, "destination %q", attribute(e, "Destination"))
	}
	ends, err := x.logoutEnds(e)
	if err != nil {
		return nil, err
	}
	named := only(e, nsAssertion, "NameID")
	if named == nil || text(named) == "" {
		return nil, refuse(reasonSubject, "not one NameID")
	}
	out := &logout{id: attribute(e, "ID"), who: readNameID(named), ends: ends}
	if all := children(e, nsProtocol, "SessionIndex"); len(all) == 1 {
		if out.session = text(all[0]); out.session == "" {
			return nil, refuse(reasonMalformed, "an empty session index")
		}
	}
	return out, nil
}

// logoutEnds is from when on the request is refused for its age.
func (x *expected) logoutEnds(e *etree.Element) (time.Time, error) {
	skew := x.terms.skew()
	issued, err := instant(attribute(e, "IssueInstant"))
	if err != nil {
		return time.Time{}, refuse(reasonMalformed, "no time of issue")
	}
	ends := issued.Add(logoutAge)
	if v := attribute(e, "NotOnOrAfter"); v != "" {
		if ends, err = instant(v); err != nil {
			return time.Time{}, refuse(reasonMalformed, "NotOnOrAfter %q", v)
		}
	}
	ends = ends.Add(skew)
	if issued.After(x.at.Add(skew)) || !x.at.Before(ends) || ends.After(x.at.Add(maxAge)) {
		return time.Time{}, refuse(reasonExpired, "issued at %s, ends at %s", issued, ends)
	}
	return ends, nil
}

// logoutAnswer is the signed LogoutResponse, by the way that the identity provider
// offers (SAML-C section 3.7.2).
func (x *expected) logoutAnswer(out *logout) (core.NoticeReply, error) {
	binding := bindingRedirect
	to, ok := x.party.signOut[binding]
	if !ok {
		binding = bindingPost
		if to, ok = x.party.signOut[binding]; !ok {
			return core.NoticeReply{ContentType: "text/plain; charset=utf-8", Body: []byte("signed out\n")}, nil
		}
	}
	to = to.answerTo()
	r := crewjam.LogoutResponse{
		ID: newID(), InResponseTo: out.id, Version: "2.0", IssueInstant: x.at.UTC(), Destination: to.location,
		Issuer: &crewjam.Issuer{Value: x.service.entityID},
		Status: crewjam.Status{StatusCode: crewjam.StatusCode{Value: crewjam.StatusSuccess}},
	}
	message := outgoing{name: "SAMLResponse", to: to, element: r.Element(), relayState: out.relay}
	if binding == bindingPost {
		post, err := message.post(x.keys[0])
		return core.NoticeReply{Post: &post}, err
	}
	url, err := message.redirect(x.keys[0])
	return core.NoticeReply{Redirect: url}, err
}
