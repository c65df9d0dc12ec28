// Package idp is an authorization server for MCP: people sign in with a password or a passkey, and clients come by three lanes.
package idp
