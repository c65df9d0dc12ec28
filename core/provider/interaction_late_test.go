package provider_test

import (
	"testing"

	"github.com/keywright/keywright/core"
)

// FLT04: a write of the interaction that seemed lost takes effect late, after it was
// read without it, so that it refuses the next attempt. The letter that came with
// it is sent once: the step that asked for it is not taken again.
func TestFLT04_AStepIsTakenOnceThoughItsWriteWasLate(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	s := b.get(b.get(request("app")).Links["reset"])
	w.belated().arm()
	w.store.Reset()
	b.want(b.submit(s, "identifier", "ada@example.com"), core.PageResetSent)
	if seen := w.store.Seen()["AccountByIdentifier"]; seen != 1 {
		t.Errorf("the step was taken %d times", seen)
	}
	if renew := b.get(w.link()); renew.Error != "" {
		t.Errorf("the link leads to %q", renew.Error)
	}
}
