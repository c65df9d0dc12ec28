package keywright_test

import (
	"os"
	"testing"

	"github.com/keywright/keywright/internal/reference"
)

// The reference pages say what the source says.
func TestReferencePagesAreCurrent(t *testing.T) {
	pages, err := reference.Pages(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		is, err := os.ReadFile(p.Path)
		if err != nil || string(is) != p.Text {
			t.Errorf("%s is not what the source says: run make reference", p.Path)
		}
	}
}
