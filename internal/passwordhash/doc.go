// Package passwordhash turns passwords into what may be stored, and tells whether one fits.
//
// It promises:
//
//   - New hashes are argon2id in PHC form with a random salt of 16 bytes and, where configured, a keyed pepper that is not in
//     the database (NIST SP 800-63B section 3.1.1.2, ASVS 11.4.2).
//   - bcrypt and scrypt hashes of other systems verify, within caps on their cost, and ask to be replaced.
//   - No password is cut short. What an old hash cannot tell apart does not match (threat PWD10).
//   - Only so many hashes run at once as the machine has processors. Beyond a bounded queue and a bounded wait the answer is
//     ErrBusy, not a pile of memory (threat PWD06). Nothing is hashed while a mutex is held.
//   - An account that does not exist, or has a hash nobody understands, costs the same work as a wrong password.
//
// Passwords are to come through Normalise, at setting and at verifying alike (decision D13).
package passwordhash
