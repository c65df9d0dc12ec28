// Package threats attacks a whole provider over HTTP, as the threat catalogue
// asks. It holds tests only.
package threats
