// Package mcp has real MCP clients, on the official SDKs for TypeScript and Go and each in a process of its own, go all the way from the
// first 401 to the call of a tool at examples/mcp; and the conformance runner of MCP judge its authorization server.
package mcp
