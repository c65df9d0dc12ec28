package saml

import (
	"context"
	"errors"
	"time"

	"github.com/beevik/etree"

	"github.com/keywright/keywright/core"
)

const statusSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success"

// expected is what an answer is held against.
type expected struct {
	party   *party
	service service
	terms   Terms
	keys    []*keyPair
	at      time.Time
	asked   *asked // nil: nobody has asked
}

// read takes an answer apart: first what is said around the assertion, then the
// signatures, then the assertion, from verified bytes alone.
func (x *expected) read(message []byte) (_ *statement, err error) {
	defer contained(&err)
	root, err := parse(message, messageForm())
	if err != nil {
		return nil, err
	}
	if err := x.checkEnvelope(root); err != nil {
		return nil, err
	}
	carrier, err := soleAssertion(root)
	if err != nil {
		return nil, err
	}
	assertion, err := x.verified(root, carrier)
	if err != nil {
		return nil, err
	}
	return x.readAssertion(assertion)
}

// checkEnvelope looks at the response. What it says is not believed for being
// there: each part can only refuse.
func (x *expected) checkEnvelope(r *etree.Element) error {
	if !is(r, nsProtocol, "Response") {
		return refuse(reasonMalformed, "%s is no answer", r.Tag)
	}
	if v := attribute(r, "Version"); v != "2.0" {
		return refuse(reasonVersion, "version %q", v)
	}
	if attribute(r, "Destination") != x.service.consume {
		return refuse(reasonDestination, "destination %q", attribute(r, "Destination")) // SAML-B section 3.5.5.2
	}
	if err := x.checkInResponseTo(attribute(r, "InResponseTo")); err != nil {
		return err
	}
	if issuers := children(r, nsAssertion, "Issuer"); len(issuers) > 1 || len(issuers) == 1 && text(issuers[0]) != x.party.entityID {
		return refuse(reasonIssuer, "not from %q", x.party.entityID)
	}
	issued, err := instant(attribute(r, "IssueInstant"))
	if err != nil {
		return refuse(reasonMalformed, "no time of issue")
	}
	if issued.After(x.at.Add(x.terms.skew())) {
		return refuse(reasonExpired, "issued in the future")
	}
	status := only(only(r, nsProtocol, "Status"), nsProtocol, "StatusCode")
	if status == nil {
		return refuse(reasonMalformed, "no status")
	}
	if code := attribute(status, "Value"); code != statusSuccess {
		return refuse(reasonStatus, "status %q", code)
	}
	return nil
}

// checkInResponseTo compares with the one request that is open (SAML-P section
// 4.1.4.3); an answer without one is another thing altogether (SM-09).
func (x *expected) checkInResponseTo(id string) error {
	switch {
	case x.asked == nil && id != "":
		return refuse(reasonRequest, "answers request %q, which is not open", id)
	case x.asked != nil && id != x.asked.ID:
		return refuse(reasonRequest, "answers request %q", id)
	}
	return nil
}

// soleAssertion is the one assertion, open or encrypted, where it belongs. Another
// one anywhere, in whatever namespace, and signatures anywhere else are how
// signatures get wrapped (SM-03).
func soleAssertion(r *etree.Element) (*etree.Element, error) {
	all := append(called(r, "Assertion"), called(r, "EncryptedAssertion")...)
	if len(all) != 1 || all[0].Parent() != r || all[0].NamespaceURI() != nsAssertion {
		return nil, refuse(reasonWrapped, "%d assertions, or one out of place", len(all))
	}
	if len(called(r, "Response")) != 1 {
		return nil, refuse(reasonWrapped, "a response inside the response")
	}
	for _, s := range called(r, "Signature") {
		if s.Parent() != r && s.Parent() != all[0] || s.NamespaceURI() != nsSignature {
			return nil, refuse(reasonWrapped, "a signature out of place")
		}
	}
	return all[0], nil
}

// verified gives the assertion as it was signed. The signature around it, where
// there is one, is checked first, and what it covers is what is read on.
func (x *expected) verified(r, carrier *etree.Element) (*etree.Element, error) {
	want := x.terms.Signed
	whole := len(children(r, nsSignature, "Signature")) > 0
	if !whole && (want == SignedResponse || want == SignedBoth) {
		return nil, refuse(reasonUnsigned, "the response is not signed")
	}
	if whole {
		var err error
		if r, err = verify(r, x.party.keys); err != nil {
			return nil, err
		}
		if err = x.checkEnvelope(r); err != nil {
			return nil, err
		}
		if carrier, err = soleAssertion(r); err != nil {
			return nil, err
		}
	}
	if carrier.Tag == "EncryptedAssertion" {
		var err error
		if carrier, err = decrypt(carrier, x.keys); err != nil {
			return nil, err
		}
		if len(called(carrier, "Assertion"))+len(called(carrier, "EncryptedAssertion")) != 1 {
			return nil, refuse(reasonWrapped, "an assertion inside the assertion")
		}
		for _, s := range called(carrier, "Signature") {
			if s.Parent() != carrier {
				return nil, refuse(reasonWrapped, "a signature out of place")
			}
		}
	}
	if len(children(carrier, nsSignature, "Signature")) == 0 && whole && want == SignedResponse {
		return carrier, nil // inside of what was verified
	}
	return verify(carrier, x.party.keys)
}

// readRenewing reads, and once more where a key was not known that the identity
// provider may have begun to use since (SM-19).
func (x *expected) readRenewing(ctx context.Context, p *peer, message []byte) (*statement, error) {
	s, err := x.read(message)
	var r *refusal
	if !errors.As(err, &r) || r.reason != reasonSignature {
		return s, err
	}
	newer := p.renewed(ctx, x.at, x.party)
	if newer == nil {
		return nil, err
	}
	x.party = newer
	return x.read(message)
}

// expect gathers what an answer for these values is held against.
func (a *Authenticator) expect(ctx context.Context, r core.Returned, at time.Time, q *asked) (*peer, *expected, error) {
	p, err := a.peerOf(r.Connection)
	if err != nil {
		return nil, nil, err
	}
	known, err := p.party(ctx, at)
	if err != nil {
		return p, nil, err
	}
	return p, &expected{
		party: known, service: a.serviceOf(r.Issuer, r.Connection, p.idp.Terms), terms: p.idp.Terms, keys: p.keys, at: at, asked: q,
	}, nil
}
