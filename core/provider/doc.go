// Package provider is the OpenID provider over HTTP.
//
// The listing of this folder is its table of contents: endpoint_ and the
// metadata name, grant_ and the grant_type, client_auth_ and the method,
// check_ and the parameter, issue_ and the artifact, interaction_ and the part
// of the browser flow, respond_ and the form of an answer. routes.go lists every
// URL, check.go every check, endpoint_token.go every grant type, client_auth.go
// every method. Errors become bytes in respond.go alone.
//
// A request of a client is a clientQuestion (client_question.go); what it does
// to a grant is a use (grant.go): judged, minted, written, then answered
// (grant_answer.go). A request of a browser within the flow is a visit
// (endpoint_interaction.go): its facts are loaded anew (interaction_facts.go),
// core.Next says what is needed (interaction_next.go), and whatever it changes
// is one conditional write (interaction_write.go). docs/walk.md has the order.
package provider
