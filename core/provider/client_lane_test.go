package provider

import (
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// shapeLane owns the ids that begin like it.
type shapeLane struct {
	core.KeptHere
	rowLane
	prefix string
}

func (l *shapeLane) Owns(id string) bool { return strings.HasPrefix(id, l.prefix) }

// No lane falls through to another, and where two claim an id neither is
// believed.
func TestLanes_OneOwnsOrNone(t *testing.T) {
	plain, https := &shapeLane{prefix: "app"}, &shapeLane{prefix: "https://"}
	for _, c := range []struct {
		id    string
		lanes []core.ClientLane
		want  core.ClientLane
	}{
		{"app", []core.ClientLane{plain, https}, plain},
		{"https://client.example/x", []core.ClientLane{plain, https}, https},
		{"https://client.example/x", []core.ClientLane{plain}, nil},
		{"HTTPS://client.example/x", []core.ClientLane{plain, https}, nil},
		{"kw_cl_abc", []core.ClientLane{plain, https}, nil},
		{"app", []core.ClientLane{plain, https, plain}, nil},
	} {
		p := Provider{Config: Config{Lanes: c.lanes}}
		if got := p.laneOf(c.id); got != c.want {
			t.Errorf("%q: got %v, want %v", c.id, got, c.want)
		}
	}
}
