package password

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// notes are what an interaction remembers of this authenticator, sealed by the
// provider. Nothing here is in any table that can be searched.
type notes struct {
	SignUp *signUpNotes `json:"signup,omitempty"`
	Verify *verifyNotes `json:"verify,omitempty"`
}

// signUpNotes are an account that does not exist until its address is proven.
type signUpNotes struct {
	// Account is the id it will have: a repeat by the same interaction makes
	// the same account.
	Account core.ID  `json:"account"`
	Name    string   `json:"name"`
	Email   string   `json:"email"` // as typed
	Value   string   `json:"value"` // canonical
	Hash    string   `json:"hash"`
	Code    sentCode `json:"code"`
}

// verifyNotes are a code on its way to an account that exists.
type verifyNotes struct {
	Account core.ID  `json:"account"`
	Email   string   `json:"email"`
	Code    sentCode `json:"code"`
}

// sentCode is a mailed code. The zero Hash is a code that nobody was sent: it
// never fits.
type sentCode struct {
	Hash  core.Hash `json:"hash,omitzero"`
	Key   core.ID   `json:"key"` // what its tries are counted under
	At    time.Time `json:"at"`
	Tries int       `json:"tries,omitempty"`
}

func parseNotes(b []byte) (n notes, err error) {
	if len(b) == 0 {
		return n, nil
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return notes{}, fmt.Errorf("password: notes: %w", err)
	}
	return n, nil
}

// bytes never fails: the notes hold nothing that JSON cannot write.
func (n notes) bytes() []byte {
	b, _ := json.Marshal(n)
	return b
}
