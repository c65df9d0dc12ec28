// Package threats attacks the assembled provider over HTTP, by the rows of the
// threat catalogue that the tests are named after.
package threats
