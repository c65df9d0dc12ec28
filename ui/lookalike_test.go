package ui

import (
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func TestCN10_LookAlikesOfTheProductAreFlagged(t *testing.T) {
	if a, b := len([]rune(drawnAlike)), len([]rune(drawnAs)); a != b {
		t.Fatalf("%d letters are drawn like %d", a, b)
	}
	for _, c := range []struct {
		name, product string
		want          bool
	}{
		{"Keywright", "Keywright", true}, {"K\u0435ywr1ght Support", "Keywright", true}, {"KEY WRIGHT", "Keywright", true}, {"Kéywright", "Keywright", true},
		{"Harb0ur", "Harbour", true}, {"Hаrbоur", "Harbour", true}, {"Harborrnaster", "Harbormaster", true},
		{"Fieldnotes", "Keywright", false}, {"Anything", "", false}, {"Acme tools", "Acm", false},
	} {
		if got := lookAlike(c.name, c.product); got != c.want {
			t.Errorf("lookAlike(%q, %q) = %v (%q, %q)", c.name, c.product, got, skeleton(c.name), skeleton(c.product))
		}
	}
	u := newUI(t, Options{})
	flagged := func(lane core.Lane) bool {
		p := samplePage(core.PageConsent, consent(core.ConsentView{Scopes: scopeViews()}))
		p.App.Name, p.App.Lane, p.Brand.Name = "Harb0ur", lane, "Harbour"
		return strings.Contains(draw(t, u, p), "does not come from")
	}
	if !flagged(core.LaneCIMD) || !flagged(core.LaneDCR) || flagged(core.LaneSeeded) {
		t.Error("flagged for the wrong apps")
	}
}
