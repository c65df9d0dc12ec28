// Package guides holds pages of documentation to what the source says.
package guides
