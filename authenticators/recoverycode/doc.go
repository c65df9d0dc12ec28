// Package recoverycode gives people codes on paper for the day their second factor
// is gone.
//
// It promises:
//
//   - Ten codes of 80 bits each, shown once; what is stored are keyed hashes
//     (requirement MF-02).
//   - A code works once: it is removed by a write under the account's version, so
//     that of many uses at once, on any replica, one wins (threat TTP07).
//   - New codes become active when the person says that they are kept; the old ones
//     are void from then on.
//   - The owner of the account is told by mail when one is used, and how many are
//     left.
//
// A code is something the person has, so it writes "otp" into amr (RFC 8176 section
// 2: a one-time password) like the generator that it stands in for. Alone it signs
// nobody in.
package recoverycode
