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
//
// Where a word of the protocol is:
//
//	resource, alias, audience       check_resource.go, token_target.go
//	scope, implied scopes           check_scope.go, token_scope.go (what a token may carry)
//	access token: making, reading,  issue_access_token.go, access_token.go,
//	  what has ended it             access_token_ended.go
//	long-lived access token         token_lasting.go
//	token exchange, actor, act      grant_token_exchange.go (request, hooks),
//	                                grant_token_exchange_access.go, access_token_chain.go
//	identity assertion (ID-JAG):    issue_id_jag.go,
//	  issued, taken                 grant_jwt_bearer.go and …_assertion.go (is it good),
//	                                …_account.go (whose), …_access.go (for what)
//	workload                        grant_jwt_bearer_workload.go
//	a token that is not good        token_refused.go, grant.go (invalidGrant)
//	client: found, kept, admitted,  client_known.go, client_cache.go, client_admit.go,
//	  used, approved                client_use.go, interaction_approval.go
//	step-up of scopes; of sign-in   interaction_stepup.go, grant_replace.go; policy.go
//	a new identity, a new account   newcomer.go (with and without a browser),
//	                                interaction_account.go
//	account pages, connected apps   account_page.go and account_…, account_apps.go
package provider
