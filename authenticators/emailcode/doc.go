// Package emailcode lets people sign in with a letter: it holds a link and a code
// to type, and either will do.
//
// It promises:
//
//   - Opening the link uses nothing up and signs nobody in: scanners of mail open
//     links too. A button does (requirement MF-04, threats MAG01, MAG10).
//   - The link signs in the browser that asked for it. Another browser is told to
//     type the code where it began, unless Options.OtherBrowser allows more (MAG02).
//   - A code has six digits, lives at most ten minutes and for five tries, and is
//     good only in the interaction that asked for it (MF-03, MAG09).
//   - What differs between an address with an account and one without is told by
//     mail and nowhere else: pages, hashing and store calls are the same (PW-09,
//     ENU02).
//   - Who proves an address that was never proven before gets the account without
//     what was set up in it until then (RP-12).
//
// A letter is one factor at best: what is written into amr is "email", never "otp"
// or "mfa", and core.Policy counts it as a second factor only where Seconds lists it
// (MF-03, NIST SP 800-63B section 3.1.3).
package emailcode
