// Package cimd is the lane of clients that publish what they are: their
// client_id is the https URL of a JSON document (OAuth Client ID Metadata
// Document, draft-ietf-oauth-client-id-metadata-document-02).
//
// It promises:
//
//   - The form of the URL and the operator's trust are judged before anything is
//     asked of anybody. A stored client wins over a document.
//   - Documents are fetched through the provider's guarded client: no private
//     addresses, no redirects, no compression, little time, few bytes. Callers
//     that meet share one fetch, and each host is asked a few times a minute.
//   - A new request of a browser gets nothing stale. What was granted goes on
//     for Options.Stale while the document cannot be had.
//   - Nothing is written before a person agrees; then the client has a row, by
//     which an operator may disable it.
package cimd
