// Package handle mints and opens everything that the provider gives away:
// codes, tokens, cookies, links and self-registered client ids.
//
// A handle reads kw_<kind>_<base64url>; the prefix lets scanners of source
// code and logs find leaks. There are two forms:
//
//   - An opened handle carries key id, row id, a number and 16 random bytes,
//     and HMAC-SHA-256 over tenant, kind and all of these. Open checks the MAC
//     in constant time before anything else is believed, so a forgery never
//     reaches the store. The row then keeps the SHA-256 of the random bytes:
//     forging takes the key and a handle, and the database alone gives nothing.
//   - A sealed handle carries its whole content encrypted (package seal), with
//     tenant and kind as additional data. Its issuer stores nothing.
//
// Keys are derived with HKDF-SHA-256 (RFC 5869) from root keys, one for each
// tenant and kind: a handle of another tenant or kind is a forgery like any
// other. The first root mints, all open; a retired root's handles are forged.
//
// A handle has exactly one spelling. Unused bits, line breaks, padding and
// letter case all matter, so a handle's bytes may serve as a key of their own.
package handle
