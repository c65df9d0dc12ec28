package core_test

import (
	"encoding/json"
	"testing"

	"github.com/keywright/keywright/core"
)

// Members of a later release survive even where nobody kept its number: the
// payload stays JSON and is not read as one of this release.
func TestRestWithoutAReleaseIsKept(t *testing.T) {
	in := core.Ticket{Row: core.Row{Rest: map[string]json.RawMessage{"later": json.RawMessage(`1`)}}}
	b, err := in.MarshalPayload()
	if err != nil {
		t.Fatal(err)
	}
	var out core.Ticket
	if err := out.UnmarshalPayload(b); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	if string(out.Rest["later"]) != "1" {
		t.Fatalf("%s was read as %v", b, out.Rest)
	}
}
