package saml

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
)

const (
	bindingRedirect = crewjam.HTTPRedirectBinding
	bindingPost     = crewjam.HTTPPostBinding

	maxSigningKeys = 10
	maxEntityID    = 1024 // SAML-C section 8.3.6
)

// endpoint is where a browser is sent, and where an answer goes.
type endpoint struct{ location, answers string }

// party is an identity provider as its metadata says.
type party struct {
	entityID   string
	keys       []*x509.Certificate
	signOn     map[string]endpoint // by binding
	signOut    map[string]endpoint
	wantSigned bool
	until      time.Time // zero: does not say
	cache      time.Duration
}

// parseMetadata reads the identity provider entityID of a document: of a single
// entity, or of several that name it. Where entityID is empty the document must be
// of a single one. With signers, one of them must have signed the document.
func parseMetadata(b []byte, entityID string, signers []*x509.Certificate) (_ *party, err error) {
	defer contained(&err)
	root, err := parse(b, metadataForm())
	if err != nil {
		return nil, because(reasonMetadata, err)
	}
	if len(signers) > 0 {
		if root, err = verify(root, signers); err != nil {
			return nil, err
		}
	}
	p := &party{signOn: map[string]endpoint{}, signOut: map[string]endpoint{}}
	entity, err := p.choose(root, entityID)
	if err != nil {
		return nil, err
	}
	role, err := idpRole(entity)
	if err != nil {
		return nil, err
	}
	for _, e := range []*etree.Element{entity, role} {
		if err := p.lifetime(e); err != nil {
			return nil, err
		}
	}
	p.wantSigned = slices.Contains([]string{"true", "1"}, attribute(role, "WantAuthnRequestsSigned"))
	return p, p.read(role)
}

// choose finds the entity that is meant.
func (p *party) choose(root *etree.Element, entityID string) (*etree.Element, error) {
	all := []*etree.Element{root}
	if is(root, nsMetadata, "EntitiesDescriptor") {
		if entityID == "" {
			return nil, refuse(reasonMetadata, "several entities: say which one by EntityID")
		}
		if err := p.lifetime(root); err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(children(root, nsMetadata, "EntityDescriptor"), func(e *etree.Element) bool {
			return attribute(e, "entityID") != entityID
		})
	}
	if len(all) != 1 || !is(all[0], nsMetadata, "EntityDescriptor") {
		return nil, refuse(reasonMetadata, "%d entities of that name", len(all))
	}
	p.entityID = attribute(all[0], "entityID")
	if p.entityID == "" || len(p.entityID) > maxEntityID {
		return nil, refuse(reasonMetadata, "no entityID")
	}
	if entityID != "" && p.entityID != entityID {
		return nil, refuse(reasonMetadata, "the metadata of %q, not of %q", p.entityID, entityID)
	}
	return all[0], nil
}

func idpRole(entity *etree.Element) (*etree.Element, error) {
	for _, role := range children(entity, nsMetadata, "IDPSSODescriptor") {
		if slices.Contains(strings.Fields(attribute(role, "protocolSupportEnumeration")), nsProtocol) {
			return role, nil
		}
	}
	return nil, refuse(reasonMetadata, "no identity provider of SAML 2.0")
}

// lifetime keeps the nearest of several ends (SAML Metadata section 2.3.1).
func (p *party) lifetime(e *etree.Element) error {
	if v := attribute(e, "validUntil"); v != "" {
		until, err := instant(v)
		if err != nil {
			return refuse(reasonMetadata, "validUntil %q", v)
		}
		if p.until.IsZero() || until.Before(p.until) {
			p.until = until
		}
	}
	if v := attribute(e, "cacheDuration"); v != "" {
		var d crewjam.Duration
		if err := d.UnmarshalText([]byte(v)); err != nil {
			return refuse(reasonMetadata, "cacheDuration %q", v)
		}
		if d := time.Duration(d); p.cache == 0 || d < p.cache {
			p.cache = max(d, time.Second)
		}
	}
	return nil
}

// read takes keys and addresses. Keys that are too short, or of no use, are left
// out: another one may do.
func (p *party) read(role *etree.Element) error {
	for _, d := range children(role, nsMetadata, "KeyDescriptor") {
		if use := attribute(d, "use"); use != "" && use != "signing" {
			continue
		}
		for _, c := range called(d, "X509Certificate") {
			raw, err := base64.StdEncoding.DecodeString(folding.Replace(text(c)))
			if err != nil {
				continue
			}
			if key, err := x509.ParseCertificate(raw); err == nil && strong(key) && len(p.keys) < maxSigningKeys {
				p.keys = append(p.keys, key)
			}
		}
	}
	var failed error
	for tag, into := range map[string]map[string]endpoint{"SingleSignOnService": p.signOn, "SingleLogoutService": p.signOut} {
		for _, e := range children(role, nsMetadata, tag) {
			binding := attribute(e, "Binding")
			if binding != bindingRedirect && binding != bindingPost {
				continue
			}
			at := endpoint{attribute(e, "Location"), attribute(e, "ResponseLocation")}
			if err := at.check(); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", tag, err))
				continue
			}
			if _, ok := into[binding]; !ok {
				into[binding] = at
			}
		}
	}
	switch {
	case len(p.keys) == 0:
		return refuse(reasonMetadata, "no signing key of RSA with %d bits or more, or of an elliptic curve", minRSA)
	case len(p.signOn) == 0:
		return because(reasonMetadata, errors.Join(errors.New("no address to sign in at, by redirect or by post"), failed))
	}
	return nil
}

// check refuses what is not an address of a web server (XSS07).
func (e endpoint) check() error {
	all := []string{e.location}
	if e.answers != "" {
		all = append(all, e.answers)
	}
	for _, location := range all {
		u, err := url.Parse(location)
		switch {
		case err != nil, u.Host == "", u.User != nil, u.Fragment != "", u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("%q is no address", location)
		case u.Scheme == "http" && !loopback(u.Hostname()):
			return fmt.Errorf("%q is not https", location)
		}
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// answerTo is where answers go.
func (e endpoint) answerTo() endpoint {
	if e.answers != "" {
		return endpoint{location: e.answers}
	}
	return e
}

// usable says whether the metadata may still be used.
func (p *party) usable(now time.Time) bool { return p.until.IsZero() || now.Before(p.until) }

// instant reads xs:dateTime; without a zone it is UTC (SAML-C section 1.3.3).
func instant(s string) (time.Time, error) {
	var t crewjam.RelaxedTime
	if s == "" {
		return time.Time{}, errors.New("saml: no time")
	}
	err := t.UnmarshalText([]byte(s))
	return time.Time(t), err
}
