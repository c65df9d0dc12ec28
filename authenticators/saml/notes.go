package saml

import (
	"encoding/json"
	"time"
)

// notes are what an interaction keeps between the way there and the way back.
type notes struct {
	// Asked is the one request that an answer is waited for.
	Asked *asked `json:"asked,omitempty"`
	// Brought is what an answer said that nobody had asked for, already verified.
	Brought *statement `json:"brought,omitempty"`
}

// asked is a request that was sent. It is forgotten with the first answer, whatever
// that says (SM-08).
type asked struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	At    time.Time `json:"at"`
	// Fresh: the person has to be asked anew. Contexts: one of them has to be shown.
	Fresh    bool     `json:"fresh,omitempty"`
	Contexts []string `json:"contexts,omitempty"`
}

// statement is all that is taken from an assertion, after every check.
type statement struct {
	Assertion string    `json:"assertion"` // its id
	Ends      time.Time `json:"ends"`      // from when on it is refused for its age
	EntityID  string    `json:"entity_id"`
	NameID    nameID    `json:"name_id"`

	Attributes   map[string][]string `json:"attributes,omitempty"`
	Context      string              `json:"context,omitempty"`
	At           time.Time           `json:"at"`
	SessionIndex string              `json:"session_index,omitempty"`
	SessionEnds  time.Time           `json:"session_ends,omitzero"`
}

// nameID is who an assertion is about (SAML-C section 2.2.2).
type nameID struct {
	Value       string `json:"value"`
	Format      string `json:"format,omitempty"`
	Qualifier   string `json:"qualifier,omitempty"`
	SPQualifier string `json:"sp_qualifier,omitempty"`
}

func readNotes(b []byte) (n notes, err error) {
	if len(b) > 0 {
		err = json.Unmarshal(b, &n)
	}
	return n, err
}

func (n notes) bytes() ([]byte, error) { return json.Marshal(n) }

// forgotten are notes that hold nothing: no request is waited for any more.
func forgotten() []byte { return []byte("{}") }
