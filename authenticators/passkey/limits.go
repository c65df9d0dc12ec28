package passkey

import (
	"time"

	"github.com/keywright/keywright/core"
)

// What is counted.
const (
	answers   = "answers"  // assertions and new passkeys from one network address
	signUps   = "signups"  // new accounts from one network address
	cloneMail = "warnings" // letters about a possible copy to one account
)

// limit names the row of one kind for one thing. Signatures cannot be guessed:
// these keep the cost of checking them, and the number of letters, within bounds.
func limit(what string, parts ...string) core.NamedLimit {
	l := core.NamedLimit{Parts: append([]string{Method, what}, parts...), Max: 60, Window: 15 * time.Minute}
	switch what {
	case signUps:
		l.Max, l.Window = 20, time.Hour
	case cloneMail:
		l.Max, l.Window = 1, 24*time.Hour
	}
	return l
}
