//go:build unix

package galera

import (
	"testing"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

func conform(w world) {
	conformance.Test(w.t, func(*testing.T) core.Database { return w.spread(8) })
}
