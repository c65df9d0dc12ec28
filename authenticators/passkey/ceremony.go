package passkey

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/keywright/keywright/core"
)

// kind of a ceremony. An answer to one is none to another.
type kind string

const (
	kindShow   kind = "show"
	kindSecond kind = "second"
	kindNew    kind = "new"
	kindSignUp kind = "signup"
)

// maxOpen bounds the challenges of one interaction: one for each tab that shows
// it, and for what browsers suggest.
const maxOpen = 4

// notes are what an interaction remembers of this authenticator, sealed by the
// provider.
type notes struct {
	// Open are challenges that nobody has answered, oldest first.
	Open   []ceremony   `json:"open,omitempty"`
	SignUp *signUpNotes `json:"signup,omitempty"`
}

// ceremony is a challenge that was given out.
type ceremony struct {
	Kind    kind                 `json:"kind"`
	Account core.ID              `json:"account,omitzero"` // it is about; zero if nobody is known
	At      time.Time            `json:"at"`
	Session webauthn.SessionData `json:"session"`
}

func parseNotes(b []byte) (n notes, err error) {
	if len(b) == 0 {
		return n, nil
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return notes{}, fmt.Errorf("passkey: notes: %w", err)
	}
	return n, nil
}

// bytes never fails: the notes hold nothing that JSON cannot write.
func (n notes) bytes() []byte {
	b, _ := json.Marshal(n)
	return b
}

// open notes a challenge that goes out now.
func (n *notes) open(t core.Turn, k kind, session *webauthn.SessionData) {
	var live []ceremony
	for _, c := range n.Open {
		if c.live(t.At) {
			live = append(live, c)
		}
	}
	live = append(live, ceremony{Kind: k, Account: t.Account.ID, At: t.At, Session: *session})
	n.Open = live[max(0, len(live)-maxOpen):]
}

func (c ceremony) live(at time.Time) bool { return at.Before(c.At.Add(challengeLife)) }

// answered takes the ceremony out that a challenge belongs to, so that no second
// answer finds it: of this kind, about this account, not over (WN-01, WAN02).
func (n *notes) answered(t core.Turn, k kind, challenge string) (found webauthn.SessionData, ok bool) {
	var rest []ceremony
	for _, c := range n.Open {
		if subtle.ConstantTimeCompare([]byte(c.Session.Challenge), []byte(challenge)) != 1 {
			rest = append(rest, c)
			continue
		}
		if c.Kind == k && c.Account == t.Account.ID && c.live(t.At) {
			found, ok = c.Session, true
		}
	}
	n.Open = rest
	return found, ok
}
