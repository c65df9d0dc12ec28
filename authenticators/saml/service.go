package saml

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"strings"

	"github.com/beevik/etree"

	"github.com/keywright/keywright/core"
)

// service is what we are to one identity provider.
type service struct{ entityID, consume, logout string }

// serviceOf gives our names and addresses below an issuer.
func (a *Authenticator) serviceOf(issuer string, c *core.Connection, t Terms) service {
	base := a.base
	if c != nil {
		base = strings.Replace(base, "{connection}", c.ID.String(), 1)
	}
	at := strings.TrimSuffix(issuer, "/") + base
	s := service{entityID: t.ServiceEntityID, consume: at + "/acs", logout: at + "/slo"}
	if s.entityID == "" {
		s.entityID = at + "/metadata"
	}
	return s
}

// document writes our metadata. It holds no time and no random id, so it is the
// same bytes for as long as the configuration is (SM-20).
func (a *Authenticator) document(_ context.Context, w io.Writer, r core.Returned) (string, error) {
	p, err := a.peerOf(r.Connection)
	if err != nil {
		return "", err
	}
	s := a.serviceOf(r.Issuer, r.Connection, p.idp.Terms)
	entity := etree.NewElement("md:EntityDescriptor")
	entity.CreateAttr("xmlns:md", nsMetadata)
	entity.CreateAttr("xmlns:ds", nsSignature)
	entity.CreateAttr("entityID", s.entityID)
	role := entity.CreateElement("md:SPSSODescriptor")
	role.CreateAttr("AuthnRequestsSigned", boolean(p.signsRequests()))
	role.CreateAttr("WantAssertionsSigned", boolean(p.idp.Signed != SignedResponse))
	role.CreateAttr("protocolSupportEnumeration", nsProtocol)
	for n, k := range p.keys {
		if n == 0 || n == 1 { // the one that signs, and the one that will
			k.describe(role, "signing")
		}
	}
	for _, k := range p.keys {
		k.describe(role, "encryption")
	}
	if p.answersLogout() {
		for _, binding := range []string{bindingRedirect, bindingPost} {
			address(role, "md:SingleLogoutService", binding, s.logout)
		}
	}
	if p.idp.NameIDFormat != "" {
		role.CreateElement("md:NameIDFormat").SetText(p.idp.NameIDFormat)
	}
	consume := address(role, "md:AssertionConsumerService", bindingPost, s.consume)
	consume.CreateAttr("index", "0")
	consume.CreateAttr("isDefault", "true")
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.SetRoot(entity)
	doc.Indent(2)
	var b bytes.Buffer
	if _, err := doc.WriteTo(&b); err != nil {
		return "", err
	}
	_, err = b.WriteTo(w)
	return "application/samlmetadata+xml", err
}

// signsRequests says whether every request is signed. What metadata from a URL asks
// for may change, and our own must not change with it.
func (p *peer) signsRequests() bool {
	return p.idp.SignRequests || p.idp.MetadataURL == "" && p.known != nil && p.known.wantSigned
}

// answersLogout: an answer has to be signed, and the NameID has to name somebody.
func (p *peer) answersLogout() bool { return len(p.keys) > 0 && p.idp.SubjectAttribute == "" }

// describe puts a certificate into metadata.
func (k *keyPair) describe(role *etree.Element, use string) {
	d := role.CreateElement("md:KeyDescriptor")
	d.CreateAttr("use", use)
	d.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").
		SetText(base64.StdEncoding.EncodeToString(k.certificate.Raw))
	if use != "encryption" {
		return
	}
	for _, algorithm := range []string{nsEncryption11 + "aes256-gcm", nsEncryption11 + "aes128-gcm", oaepMGF1, oaep} {
		d.CreateElement("md:EncryptionMethod").CreateAttr("Algorithm", algorithm)
	}
}

func address(role *etree.Element, tag, binding, location string) *etree.Element {
	e := role.CreateElement(tag)
	e.CreateAttr("Binding", binding)
	e.CreateAttr("Location", location)
	return e
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
