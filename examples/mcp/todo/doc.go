// Package todo is an MCP server on the official Go SDK that keeps a list for each person and is protected with core/resource: whoever
// comes without a token learns from the answer where to get one.
package todo
