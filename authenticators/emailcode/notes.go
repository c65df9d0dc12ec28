package emailcode

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// notes are what an interaction remembers of this authenticator, sealed by the
// provider: the last letter for each purpose.
type notes map[core.TurnPurpose]*letter

// letter is one that is on its way.
type letter struct {
	recipient
	// Hash of the code. The zero Hash is a code that nobody was sent: it never fits.
	Hash  core.Hash `json:"hash,omitzero"`
	At    time.Time `json:"at"`
	Tries int       `json:"tries,omitempty"`
}

// recipient is whose address a letter proves. It is also the body of the ticket
// that the link opens.
type recipient struct {
	// Name is what was typed, canonical; Email where the letter went, as the
	// account writes it; Value the same, canonical.
	Name  string `json:"name"`
	Email string `json:"email"`
	Value string `json:"value"`
	// Account that had the address then; zero for none.
	Account core.ID `json:"account,omitzero"`
	// Key is what its tries are counted under, and its use is marked with.
	Key core.ID `json:"key"`
	// New is the id that the account gets which the proof makes: a repeat makes
	// the same one.
	New core.ID `json:"new,omitzero"`
}

func parseNotes(b []byte) (notes, error) {
	n := notes{}
	if len(b) == 0 {
		return n, nil
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return nil, fmt.Errorf("emailcode: notes: %w", err)
	}
	if n == nil { // "null"
		n = notes{}
	}
	return n, nil
}

// bytes never fails: the notes hold nothing that JSON cannot write.
func (n notes) bytes() []byte {
	b, _ := json.Marshal(n)
	return b
}
