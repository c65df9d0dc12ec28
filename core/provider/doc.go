// Package provider is the OpenID provider over HTTP.
//
// The listing of this folder is its table of contents: endpoint_ and the
// metadata name, grant_ and the grant_type, client_auth_ and the method,
// check_ and the parameter, issue_ and the artifact, interaction_ and the part
// of the browser flow. routes.go lists every URL, respond.go is the only place
// that turns an error into bytes.
package provider
