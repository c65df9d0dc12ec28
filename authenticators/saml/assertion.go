package saml

import (
	"slices"
	"time"

	"github.com/beevik/etree"
)

const (
	bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

	// maxAge bounds how long an assertion may be good for, and so how long it has to
	// be remembered.
	maxAge = 24 * time.Hour

	maxText   = 1024 // bytes of a NameID, a session index, a value of an attribute
	maxValues = 200  // of an attribute
)

// readAssertion holds a verified assertion against SAML-P sections 4.1.4.2 and
// 4.1.4.3. Whatever has to be there once is refused where it is missing or there
// twice.
func (x *expected) readAssertion(e *etree.Element) (*statement, error) {
	if v := attribute(e, "Version"); v != "2.0" {
		return nil, refuse(reasonVersion, "version %q", v)
	}
	if text(only(e, nsAssertion, "Issuer")) != x.party.entityID {
		return nil, refuse(reasonIssuer, "assertion not from %q", x.party.entityID)
	}
	s := &statement{Assertion: attribute(e, "ID"), EntityID: x.party.entityID}
	if s.Assertion == "" {
		return nil, refuse(reasonMalformed, "an assertion without id")
	}
	for _, read := range []func(*etree.Element, *statement) error{x.readSubject, x.readConditions, x.readAuthentication, readAttributes} {
		if err := read(e, s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (x *expected) readSubject(e *etree.Element, s *statement) error {
	subject := only(e, nsAssertion, "Subject")
	named := only(subject, nsAssertion, "NameID")
	if named == nil {
		return refuse(reasonSubject, "not one NameID")
	}
	s.NameID = readNameID(named)
	if s.NameID.Value == "" || len(s.NameID.Value) > maxText {
		return refuse(reasonSubject, "a NameID that names nobody")
	}
	failed := refuse(reasonConfirmation, "no bearer confirmation")
	for _, c := range children(subject, nsAssertion, "SubjectConfirmation") {
		if attribute(c, "Method") != bearer {
			continue
		}
		until, err := x.checkConfirmation(c)
		if err != nil {
			failed = err
			continue
		}
		if until.After(s.Ends) {
			s.Ends = until
		}
	}
	if s.Ends.IsZero() {
		return failed
	}
	return nil
}

func readNameID(e *etree.Element) nameID {
	return nameID{
		Value: text(e), Format: attribute(e, "Format"),
		Qualifier: attribute(e, "NameQualifier"), SPQualifier: attribute(e, "SPNameQualifier"),
	}
}

// checkConfirmation checks what makes an assertion good for whoever brings it, and
// says from when on it is not (SM-07, SM-08, SM-12).
func (x *expected) checkConfirmation(c *etree.Element) (time.Time, error) {
	data := only(c, nsAssertion, "SubjectConfirmationData")
	if data == nil {
		return time.Time{}, refuse(reasonConfirmation, "no data")
	}
	if attribute(data, "Recipient") != x.service.consume {
		return time.Time{}, refuse(reasonDestination, "recipient %q", attribute(data, "Recipient"))
	}
	if err := x.checkInResponseTo(attribute(data, "InResponseTo")); err != nil {
		return time.Time{}, err
	}
	if attribute(data, "NotBefore") != "" {
		return time.Time{}, refuse(reasonConfirmation, "has a NotBefore")
	}
	ends, err := instant(attribute(data, "NotOnOrAfter"))
	if err != nil {
		return time.Time{}, refuse(reasonConfirmation, "has no NotOnOrAfter")
	}
	if ends.After(x.at.Add(maxAge)) {
		return time.Time{}, refuse(reasonConfirmation, "good for more than %s", maxAge)
	}
	if ends = ends.Add(x.terms.skew()); !x.at.Before(ends) {
		return time.Time{}, refuse(reasonExpired, "confirmation ended at %s", ends)
	}
	return ends, nil
}

// readConditions checks each of them; one that is not known is not met (SAML-C
// section 2.5.1.1).
func (x *expected) readConditions(e *etree.Element, _ *statement) error {
	c := only(e, nsAssertion, "Conditions")
	if c == nil {
		return refuse(reasonConditions, "not one Conditions")
	}
	skew := x.terms.skew()
	if v := attribute(c, "NotBefore"); v != "" {
		if from, err := instant(v); err != nil || x.at.Before(from.Add(-skew)) {
			return refuse(reasonExpired, "not before %q", v)
		}
	}
	if v := attribute(c, "NotOnOrAfter"); v != "" {
		if to, err := instant(v); err != nil || !x.at.Before(to.Add(skew)) {
			return refuse(reasonExpired, "not on or after %q", v)
		}
	}
	restricted := false
	for _, condition := range c.ChildElements() {
		switch {
		case is(condition, nsAssertion, "AudienceRestriction"):
			restricted = true
			if !slices.ContainsFunc(children(condition, nsAssertion, "Audience"), func(a *etree.Element) bool { return text(a) == x.service.entityID }) {
				return refuse(reasonAudience, "not for %q", x.service.entityID)
			}
		case is(condition, nsAssertion, "OneTimeUse"), is(condition, nsAssertion, "ProxyRestriction"): // it is used once, and by us alone
		default:
			return refuse(reasonConditions, "condition %q", condition.Tag)
		}
	}
	if !restricted {
		return refuse(reasonAudience, "for anybody")
	}
	return nil
}

// readAuthentication reads when and how the person signed in there, and holds it
// against what was asked for (SM-18).
func (x *expected) readAuthentication(e *etree.Element, s *statement) (err error) {
	a := only(e, nsAssertion, "AuthnStatement")
	if a == nil {
		return refuse(reasonMalformed, "not one AuthnStatement")
	}
	skew := x.terms.skew()
	if s.At, err = instant(attribute(a, "AuthnInstant")); err != nil {
		return refuse(reasonMalformed, "no AuthnInstant")
	}
	if s.At.After(x.at.Add(skew)) {
		return refuse(reasonExpired, "signed in there in the future")
	}
	if v := attribute(a, "SessionNotOnOrAfter"); v != "" {
		if s.SessionEnds, err = instant(v); err != nil || !x.at.Before(s.SessionEnds.Add(skew)) {
			return refuse(reasonExpired, "its session ended at %q", v)
		}
	}
	if s.SessionIndex = attribute(a, "SessionIndex"); len(s.SessionIndex) > maxText {
		return refuse(reasonSize, "a session index of %d bytes", len(s.SessionIndex))
	}
	s.Context = text(only(only(a, nsAssertion, "AuthnContext"), nsAssertion, "AuthnContextClassRef"))
	wanted := x.terms.Contexts
	if x.asked != nil {
		wanted = x.asked.Contexts
		if x.asked.Fresh && s.At.Before(x.asked.At.Add(-skew)) {
			return refuse(reasonFresh, "signed in at %s, asked at %s", s.At, x.asked.At)
		}
	}
	if len(wanted) > 0 && !slices.Contains(wanted, s.Context) {
		return refuse(reasonContext, "signed in by %q", s.Context)
	}
	return nil
}

// readAttributes gathers attributes by name. One that stands twice is one with all
// its values, so that none of them wins (SAM25).
func readAttributes(e *etree.Element, s *statement) error {
	s.Attributes = map[string][]string{}
	for _, group := range children(e, nsAssertion, "AttributeStatement") {
		for _, a := range children(group, nsAssertion, "Attribute") {
			name := attribute(a, "Name")
			if name == "" || len(name) > maxText {
				continue
			}
			for _, v := range children(a, nsAssertion, "AttributeValue") {
				if value := text(v); value != "" && len(value) <= maxText && len(s.Attributes[name]) < maxValues {
					s.Attributes[name] = append(s.Attributes[name], value)
				}
			}
		}
	}
	return nil
}
