package passkey

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Options for New. The zero value is good and the strictest.
type Options struct {
	// RPID is the relying party identifier that passkeys are made for: the host of
	// the issuer where empty, else that host or a domain above it. It can never
	// change: every passkey would be lost (WN-26).
	RPID string
	// RPName is what authenticators show; the name in the brand where empty.
	RPName string
	// Origins are further origins, such as "https://login.example.org", whose pages
	// may use the passkeys of RPID (WebAuthn Level 3 section 5.11). They are
	// published at /.well-known/webauthn, which browsers ask of the host RPID.
	Origins []string
	// AppOrigins are those of native apps: "android:apk-key-hash:…". They are
	// accepted and not published.
	AppOrigins []string
	// SignUp lets people create accounts with a passkey and no password. Their
	// address is proven before they are signed in, by the authenticator that owns
	// core.StepVerifyEmail.
	SignUp bool
	// Attestation says which authenticators are taken; nil takes all and asks for
	// no attestation (WN-10).
	Attestation *Attestation
	// InsecureAcceptClones signs in although a counter says that the key may have
	// been copied (WN-15). The event is written all the same.
	InsecureAcceptClones bool
}

// Attestation is a policy for new passkeys. Every condition that is given must be
// met; a new passkey without a statement is then refused.
type Attestation struct {
	// Formats accepted, as in the registry of WebAuthn: "packed", "tpm", "apple".
	// Empty accepts each that is known.
	Formats []string
	// AAGUIDs accepted, as "ee882879-721c-4913-9775-3dfcce97072a". Empty accepts
	// each.
	AAGUIDs []string
	// Roots that the certificate chain of a statement must lead to, such as those
	// of the FIDO Metadata Service. Nil asks for no chain: then the model is only
	// the authenticator's own claim.
	Roots *x509.CertPool
	// Judge may refuse what has met the conditions above; its error is logged and
	// not shown.
	Judge func(Attested) error
}

// Attested is what a verified attestation statement says.
type Attested struct {
	Format string
	AAGUID string
	// Chain is the certificate chain, leaf first; empty for self attestation.
	Chain []*x509.Certificate
}

// check reports everything wrong with the options, each with its remedy.
func (o Options) check() error {
	var all []error
	if o.RPID != "" {
		if err := checkRPID(o.RPID); err != nil {
			all = append(all, fmt.Errorf("passkey: RPID: %w", err))
		}
	}
	for _, origin := range o.Origins {
		if err := checkOrigin(origin); err != nil {
			all = append(all, fmt.Errorf("passkey: Origins: %q %w", origin, err))
		}
	}
	for _, origin := range o.AppOrigins {
		if !strings.HasPrefix(origin, "android:apk-key-hash:") && !strings.HasPrefix(origin, "ios:bundle-id:") {
			all = append(all, fmt.Errorf(`passkey: AppOrigins: %q is none of an app: give "android:apk-key-hash:…" or "ios:bundle-id:…"`, origin))
		}
	}
	if a := o.Attestation; a != nil {
		for _, id := range a.AAGUIDs {
			if !isAAGUID(id) {
				all = append(all, fmt.Errorf(`passkey: Attestation.AAGUIDs: %q is none: write it as "ee882879-721c-4913-9775-3dfcce97072a"`, id))
			}
		}
		for _, f := range a.Formats {
			if f == "none" || f == "" {
				all = append(all, fmt.Errorf("passkey: Attestation.Formats: %q states nothing: leave Attestation out instead", f))
			}
		}
	}
	return errors.Join(all...)
}

// checkRPID wants a domain in lower case (WAN15).
func checkRPID(id string) error {
	if _, err := netip.ParseAddr(id); err == nil {
		return fmt.Errorf("%q is an IP address, which passkeys cannot be made for: use a domain, or localhost for development", id)
	}
	if id == "localhost" {
		return nil
	}
	if id != strings.ToLower(id) || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" ||
		!strings.Contains(id, ".") || strings.HasPrefix(id, ".") || strings.HasSuffix(id, ".") || strings.Contains(id, "..") {
		return fmt.Errorf(`%q is no domain: give one such as "example.com", in lower case and without scheme or port`, id)
	}
	return nil
}

// checkOrigin wants an origin as browsers write it: it is compared byte for byte.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || origin != strings.ToLower(origin) {
		return errors.New(`is no origin: give scheme and host alone, in lower case, such as "https://login.example.org"`)
	}
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return errors.New("names the port that goes without saying: leave it out, as browsers do")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
		return errors.New("is not https: browsers offer passkeys to https alone, and to http://localhost")
	}
	return nil
}
