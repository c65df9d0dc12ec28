// Package passkey is the passkey as a way to sign in: WebAuthn Level 3 over
// github.com/go-webauthn/webauthn. It signs in by a discoverable credential, from
// its own page or from the suggestions of the browser on the first page; it is a
// second factor and a stronger repeat; it sets up further passkeys for an
// account, and accounts with nothing but one.
//
// What it promises beyond the specification:
//
//   - A challenge is 32 random bytes kept with the interaction, good for one
//     answer to the ceremony it was made for, within five minutes (WN-01).
//   - Origins are compared byte for byte (WN-03), backup eligibility never changes
//     (WN-07), and a counter that does not rise is refused and told to the owner
//     (WN-15).
//   - What signs in alone has verified the person (WN-06); "mfa" is said only of
//     that (WN-25).
//   - Nothing is asked by name: before somebody is known, no list of credentials
//     leaves the provider (WN-20).
//   - It reads through the turn and writes nothing: the provider writes what a
//     reply carries.
package passkey
