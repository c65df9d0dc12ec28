package passkey

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/keywright/keywright/core"
)

// challengeLife is how long an answer to a challenge may take (WN-01).
const challengeLife = 5 * time.Minute

// checkIssuer wants the issuer's host to be RPID or below it.
func (o Options) checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("passkey: the issuer %q has no host; correct Config.Issuer", issuer)
	}
	host := u.Hostname()
	if o.RPID == "" {
		if err := checkRPID(host); err != nil {
			return fmt.Errorf("passkey: Config.Issuer: %w", err)
		}
		return nil
	}
	if host != o.RPID && !strings.HasSuffix(host, "."+o.RPID) {
		return fmt.Errorf("passkey: RPID %q is neither the issuer's host %q nor a domain above it, so that no browser would use passkeys there; "+
			"leave RPID out, or correct Config.Issuer", o.RPID, host)
	}
	return nil
}

// rpID of an issuer.
func (o Options) rpID(issuer string) string {
	if o.RPID != "" {
		return o.RPID
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// originOf an issuer, as browsers write it.
func originOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// origins are all that a ceremony may come from (WN-03, WN-21).
func (o Options) origins(issuer string) []string {
	return append(append([]string{originOf(issuer)}, o.Origins...), o.AppOrigins...)
}

// relyingParty is the library set up for the issuer of a turn. Frames of other
// sites are never allowed (WN-04).
func (a *Authenticator) relyingParty(t core.Turn) (*webauthn.WebAuthn, error) {
	required := true
	name := a.options.RPName
	if name == "" {
		name = t.Brand.Name
	}
	if name == "" {
		name = a.options.rpID(t.Issuer)
	}
	attestation := protocol.PreferNoAttestation
	if a.options.Attestation != nil {
		attestation = protocol.PreferDirectAttestation
	}
	return webauthn.New(&webauthn.Config{
		RPID: a.options.rpID(t.Issuer), RPDisplayName: name, RPOrigins: a.options.origins(t.Issuer),
		AttestationPreference: attestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{ // told to browsers; enforced by our own clock
			Login:        webauthn.TimeoutConfig{Timeout: challengeLife, TimeoutUVD: challengeLife},
			Registration: webauthn.TimeoutConfig{Timeout: challengeLife, TimeoutUVD: challengeLife},
		},
		// Password managers add outputs that nobody asked for. None is read here.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// algorithms that keys may have, most wanted first (WN-08).
func algorithms() []protocol.CredentialParameter {
	var all []protocol.CredentialParameter
	for _, a := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgEdDSA, webauthncose.AlgES256, webauthncose.AlgRS256} {
		all = append(all, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return all
}

// relatedOrigins is the document of WebAuthn Level 3 section 5.11.
func (a *Authenticator) relatedOrigins(_ context.Context, w io.Writer, r core.Returned) (string, error) {
	list := append([]string{originOf(r.Issuer)}, a.options.Origins...)
	return "application/json", json.NewEncoder(w).Encode(map[string][]string{"origins": list})
}
