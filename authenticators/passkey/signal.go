package passkey

import (
	"encoding/base64"

	"github.com/keywright/keywright/core"
)

// signal is one call of the signal methods of a browser (WebAuthn Level 3 section
// 5.1.10), for the script of a page to make.
type signal struct {
	Method  string         `json:"method"`
	Options map[string]any `json:"options"`
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signalUnknown has a browser forget a passkey that it has just shown and that is
// nobody's here. The account that had it is not named.
func (a *Authenticator) signalUnknown(t core.Turn, id []byte) signal {
	return signal{"signalUnknownCredential", map[string]any{"rpId": a.options.rpID(t.Issuer), "credentialId": encoded(id)}}
}

// signalOwned tells the browser of a signed-in account which passkeys are still
// good and what the account is called. It is only for pages of that account
// (WN-22).
func (a *Authenticator) signalOwned(t core.Turn, of []stored) []signal {
	if len(of) == 0 {
		return nil
	}
	ids := make([]string, 0, len(of))
	for _, s := range of {
		ids = append(ids, encoded(s.Passkey.ID))
	}
	rp, p := a.options.rpID(t.Issuer), person(t.Account.Profile, of[0].User)
	return []signal{
		{"signalAllAcceptedCredentials", map[string]any{"rpId": rp, "userId": encoded(of[0].User), "allAcceptedCredentialIds": ids}},
		{"signalCurrentUserDetails", map[string]any{"rpId": rp, "userId": encoded(of[0].User), "name": p.name, "displayName": p.shown}},
	}
}
