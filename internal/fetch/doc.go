// Package fetch is the one HTTP client for addresses that come from outside: client metadata documents, key sets, logout
// and notification endpoints, upstream discovery.
//
// It promises:
//
//   - A connection is made only to a public unicast address. This is judged at the moment of dialling, on the address
//     that is dialled, so that a name which changes its answer gains nothing (requirement NT-01).
//   - Only https to port 443, unless the options name other ports. No userinfo, no cookies, no credentials of ours, no
//     proxy from the environment. A redirect is an error, wherever it leads.
//   - Time, header and body are bounded. Compressed answers are not asked for and not accepted, so the limit counts real
//     bytes.
//   - An error is one of this package's and carries nothing of what was fetched, not even a certificate's name
//     (requirement NT-02).
//   - An operator can send all of it through one egress proxy, which then has to judge addresses (requirement NT-03).
//
// Sections obeyed: Client ID Metadata Document section 8.6, RFC 9728 section 7.7, RFC 6890 and the IANA special-purpose
// address registries.
package fetch
