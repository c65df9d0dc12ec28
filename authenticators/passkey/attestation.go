package passkey

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// judge applies the policy to a passkey whose statement the library has verified.
// The library's own reader of metadata is not used: it asks certificate
// authorities over the network.
func (p *Attestation) judge(at time.Time, passkey *webauthn.Credential, answer *protocol.ParsedCredentialCreationData) error {
	if p == nil {
		return nil
	}
	said := Attested{Format: passkey.AttestationFormat, AAGUID: writeAAGUID(passkey.Authenticator.AAGUID)}
	switch {
	case said.Format == "none" || said.Format == "":
		return errors.New("passkey: no attestation statement")
	case len(p.Formats) > 0 && !slices.Contains(p.Formats, said.Format):
		return fmt.Errorf("passkey: attestation format %q is not accepted", said.Format)
	case len(p.AAGUIDs) > 0 && !slices.Contains(p.AAGUIDs, said.AAGUID):
		return fmt.Errorf("passkey: model %s is not accepted", said.AAGUID)
	}
	var err error
	if said.Chain, err = chainOf(answer.Response.AttestationObject.AttStatement["x5c"]); err != nil {
		return err
	}
	if p.Roots != nil {
		if err := leadsTo(p.Roots, said.Chain, at); err != nil {
			return err
		}
	}
	if p.Judge != nil {
		return p.Judge(said)
	}
	return nil
}

func chainOf(x5c any) ([]*x509.Certificate, error) {
	list, _ := x5c.([]any)
	var chain []*x509.Certificate
	for _, one := range list {
		raw, _ := one.([]byte)
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("passkey: a certificate of the attestation: %w", err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

func leadsTo(roots *x509.CertPool, chain []*x509.Certificate, at time.Time) error {
	if len(chain) == 0 {
		return errors.New("passkey: the attestation has no certificates")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}
