package browser

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a virtual authenticator inside a tab's device, which keeps
// passkeys and answers by itself while somebody is there.
type Authenticator struct {
	b  *Tab
	id webauthn.AuthenticatorID
}

// Authenticator gives this tab a virtual authenticator that verifies its person.
func (b *Tab) Authenticator() *Authenticator {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	b.check(err)
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	b.check(err)
	return &Authenticator{b, made.AuthenticatorID}
}

// Verifies says whether the person passes the test of the authenticator.
func (a *Authenticator) Verifies(yes bool) {
	a.b.t.Helper()
	_, err := chromedp.Call(a.b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: yes})
	a.b.check(err)
}

// HidesVerification has answers say that nobody was verified, whatever was asked
// for: an authenticator that does not keep to the rules.
func (a *Authenticator) HidesVerification(yes bool) {
	a.b.t.Helper()
	_, err := chromedp.Call(a.b.ctx, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: a.id, IsBadUV: &yes})
	a.b.check(err)
}

// Present says whether somebody touches it as soon as it asks.
func (a *Authenticator) Present(yes bool) {
	a.b.t.Helper()
	_, err := chromedp.Call(a.b.ctx, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: a.id, Enabled: yes})
	a.b.check(err)
}

// Passkeys lists what it holds.
func (a *Authenticator) Passkeys() []*webauthn.Credential {
	a.b.t.Helper()
	held, err := chromedp.Call(a.b.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
	a.b.check(err)
	return held.Credentials
}

// Put stores a passkey in place of one with the same id: with another counter, it
// is a copy.
func (a *Authenticator) Put(c *webauthn.Credential) {
	a.b.t.Helper()
	_, err := chromedp.Call(a.b.ctx, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: a.id, CredentialID: c.CredentialID})
	a.b.check(err)
	_, err = chromedp.Call(a.b.ctx, cdp.Command[passkeyToAdd, cdp.Empty]{Method: webauthn.CommandAddCredential}, passkeyToAdd{a.id, passkeyMembers{
		c.CredentialID, c.IsResidentCredential, c.RpID, c.PrivateKey, c.UserHandle, c.SignCount, c.UserName, c.UserDisplayName,
	}})
	a.b.check(err)
}

// passkeyToAdd is webauthn.AddCredentialParams without members that make Chromium
// refuse it for their mere presence.
type passkeyToAdd struct {
	AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential      passkeyMembers           `json:"credential"`
}

type passkeyMembers struct {
	CredentialID         []byte  `json:"credentialId"`
	IsResidentCredential bool    `json:"isResidentCredential"`
	RpID                 string  `json:"rpId"`
	PrivateKey           []byte  `json:"privateKey"`
	UserHandle           []byte  `json:"userHandle"`
	SignCount            float64 `json:"signCount"`
	UserName             string  `json:"userName"`
	UserDisplayName      string  `json:"userDisplayName"`
}
