package upstream

import (
	"encoding/json"

	"github.com/keywright/keywright/core"
)

// notes are what an attempt leaves with the interaction, sealed by the provider. There is one attempt at a time: another one
// takes the place of the first.
type notes struct {
	Attempt *attempt `json:"attempt,omitempty"`
	// Landed is the digest of the state that was last brought back, so that the same answer twice (UPS05) is known.
	Landed string `json:"landed,omitempty"`
	// What came of it: one of these.
	Identity *core.Identity `json:"identity,omitempty"`
	Problem  string         `json:"problem,omitempty"`

	// For is the account that was known when the attempt began, and why (RP-10).
	For     core.ID          `json:"for,omitzero"`
	Purpose core.TurnPurpose `json:"purpose,omitempty"`
}

// attempt is what has to come back with the browser, or is used up with it.
type attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce,omitempty"`
	Verifier string `json:"verifier"`
	// Issuer and Client as they were configured when the browser was sent away (RFC 9207 section 2.4, UPS04).
	Issuer     string  `json:"issuer"`
	Client     string  `json:"client"`
	Connection core.ID `json:"connection,omitzero"`
	SendsIss   bool    `json:"sends_iss,omitempty"`
	// Begun in seconds since 1970. MaxAge in seconds is what was asked; nil asked nothing.
	Begun  int64    `json:"begun"`
	MaxAge *int64   `json:"max_age,omitempty"`
	Fresh  bool     `json:"fresh,omitempty"`
	ACR    []string `json:"acr,omitempty"` // one of them has to come back
}

func readNotes(sealed []byte) notes {
	var n notes
	if json.Unmarshal(sealed, &n) != nil {
		return notes{}
	}
	return n
}

func (n notes) keep() (core.Keep, error) {
	b, err := json.Marshal(n)
	return core.Keep{Notes: b}, err
}
