package dialogues

import (
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/internal/dialogue"
)

func TestDialogues(t *testing.T) {
	dialogue.Run(t, "testdata/*.txtar", func(t *testing.T) dialogue.World {
		w, _ := World(t, memory.New())
		return w
	})
}

func TestDialoguesWithAgents(t *testing.T) {
	template := NewTemplate(t)
	dialogue.Run(t, "testdata/agents/*.txtar", func(t *testing.T) dialogue.World {
		db := memory.New()
		template.Put(t, db)
		w, _ := template.Agents(t, db)
		return w
	})
}
