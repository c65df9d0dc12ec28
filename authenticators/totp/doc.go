// Package totp lets people show a code of a generator, such as an app on their
// phone, as one thing more after signing in (RFC 6238).
//
// It promises:
//
//   - What codes are made from is sealed, and active only once a code of it was
//     typed (requirement MF-01, threat TTP05).
//   - A code is good for its own thirty seconds and the step before and after, and
//     once: the step is remembered by a conditional write of the credential, so
//     that of many uses at once, on any replica, one wins (TTP01, TTP02, TTP04).
//   - Every guess is counted before it is compared (TTP03).
//
// It writes "otp" into amr (RFC 8176 section 2). With a password that makes two
// factors; alone it signs nobody in.
package totp
