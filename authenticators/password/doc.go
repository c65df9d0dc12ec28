// Package password lets people sign in with an email address and a password,
// create an account, prove the address with a mailed code, choose a new password
// by a mailed link and change the one they have.
//
// It promises:
//
//   - What differs between an account that exists and one that does not is told
//     by mail and nowhere else: pages, hashing and store calls are the same
//     (requirement PW-09, threats ENU01 to ENU04).
//   - Every guess is counted before it is compared; guessing is slowed without
//     shutting out the owner at a browser they have used (PW-08, PWD02).
//   - An account exists only once its address is proven (OC-22).
//   - It reads through the turn and writes nothing: the provider writes what a
//     reply carries.
package password
