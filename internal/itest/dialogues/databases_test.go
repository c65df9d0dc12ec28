package dialogues

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/itest/databases"
)

// The dialogues with agents on every database, with pools of few connections and
// of many (FLT14).
func TestThreat_FLT14_DialoguesWithAgentsOnEveryDatabase(t *testing.T) {
	pages := NewTemplate(t)
	databases.Each(t, func(t *testing.T, _ string, open databases.Open) {
		for _, connections := range []int{1, 2, 32} {
			t.Run(fmt.Sprint(connections), func(t *testing.T) {
				db := open(t, connections)
				dialogue.Run(t, "testdata/agents/*.txtar", func(t *testing.T) dialogue.World {
					w, _ := pages.Named(fmt.Sprintf("%s-%d", strings.ReplaceAll(filepath.Base(t.Name()), "_", "-"), connections)).Agents(t, db)
					return w
				})
			})
		}
	})
}
