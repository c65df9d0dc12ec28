// Package smtp sends mail through an SMTP server (RFC 5321): a relay of the own
// network or a mail service.
//
// It promises:
//
//   - The connection is encrypted, or nothing is sent: STARTTLS is asked for and has
//     to succeed (RFC 3207), or TLS comes first (RFC 8314). Only None sends in the
//     clear, and then never a password.
//   - A message is sent again under the same Message-ID, so that a mailbox can tell.
//   - Nothing that is put into a header ends it: addresses are parsed, everything else
//     is encoded (RFC 2047).
//   - Every message says that a machine wrote it (RFC 3834), with a text part and,
//     where there is one, an HTML part.
//   - Send ends with the timeout or its context's deadline, whichever is first; a
//     context that is cancelled ends it at once, except where TLS comes first.
package smtp
