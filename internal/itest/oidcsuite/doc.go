// Package oidcsuite plays the outside conformance suites against a whole
// provider: the plans of the OpenID Foundation module by module, under the names
// those modules have, and the scenarios by which MCP clients find an
// authorization server. It is all tests; nobody imports it.
//
// Each module acts as the suite does: a client of HTML forms without scripts,
// with no cookies at its start, static clients, and redirect URIs that lead off
// this machine. What the suite only warns of is a failure here.
package oidcsuite
