package memory_test

import (
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

func TestConformance(t *testing.T) {
	conformance.Test(t, func(*testing.T) core.Database { return memory.New() })
}
