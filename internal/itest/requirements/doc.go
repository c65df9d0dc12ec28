// Package requirements holds the assembled provider to rows of the requirement
// catalogue, over HTTP. Its tests are named after the rows.
package requirements
