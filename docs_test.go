package keywright_test

import (
	"testing"

	"github.com/keywright/keywright/internal/arch"
)

// Pages that speak of what has gone.
var history = []string{"CHANGELOG.md", "docs/adr/*"}

func TestDocumentation(t *testing.T) {
	pages, err := arch.ReadPages(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, faults := range map[string][]arch.Fault{
		"links": pages.CheckLinks(),
		"files": pages.CheckNamedFiles(history...),
		"code":  pages.CheckCode(),
	} {
		t.Run(name, func(t *testing.T) { report(t, faults) })
	}
}
