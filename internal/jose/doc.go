// Package jose signs and verifies the compact JSON Web Signatures of the provider.
//
// It promises:
//
//   - The algorithm comes from the key, never from the token. A header only says which of the allowed algorithms the
//     caller has to find a matching key for (RFC 8725 section 3.1).
//   - Nothing in a header leads anywhere: kid is looked up in the set the caller gave, jwk, jku, x5u and x5c are
//     not followed (RFC 8725 section 3.10), crit, b64 and zip are refused (RFC 7515 section 4.1.11).
//   - Input is measured before it is split or parsed, and JSON with a repeated member name is refused.
//   - What is loaded as a key is checked: size, exponent, curve, order. A public key set that contains a private or
//     symmetric key is refused as a whole.
//   - No error carries any part of a token or of a key.
//
// Signing assembles the token here, since it is on the path of every hand-out. Verification is done by go-jose,
// behind the checks above. Sections obeyed: RFC 7515, RFC 7517, RFC 7518, RFC 7638, RFC 8037, RFC 8725 and OpenID
// Connect Core section 3.1.3.6.
package jose
