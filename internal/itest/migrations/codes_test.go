package migrations

import (
	"errors"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// leftCode is a grant whose code is out, as this release makes it.
func leftCode() core.Grant {
	g := written().Grants[0]
	g.ID, g.State, g.Version, g.Generation = core.NewID(noon), core.GrantCode, 1, 0
	g.CodeEnds, g.KeepUntil = noon.Add(time.Minute), g.Ends.Add(core.KeepCodes)
	return g
}

// redeemed is what either release makes of a code.
func redeemed(g core.Grant) core.Grant {
	g.State, g.Generation, g.KeepUntil = core.GrantActive, 1, g.Ends.Add(core.KeepCodes)
	return g
}

// A release that moves the end of a grant at redemption runs beside this one, which
// makes a grant with that end. Whichever makes a code and whichever redeems it, its
// row has the end of its tokens; and what nobody redeemed goes after its day, unless
// no process of this release purges.
func TestThreat_MIG01_CodesOfEitherRelease(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.fresh(t)
		db := e.migrated(t, dsn)
		s := db.Tenant(tenant)
		before, now := newFirst(t, e, e.raw(t, dsn)), current{s}
		short := func(g core.Grant) core.Grant {
			g.KeepUntil = g.CodeEnds.Add(core.KeepCodes)
			return g
		}
		theirs, ours, over := short(leftCode()), leftCode(), short(leftCode())
		left := leftCode()
		if err := errors.Join(before.create(t.Context(), theirs), now.create(t.Context(), ours),
			before.create(t.Context(), over), now.create(t.Context(), left)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(now.rotate(t.Context(), redeemed(theirs)), before.rotate(t.Context(), redeemed(ours))); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			var err error
			if _, more, err = db.Purge(t.Context(), noon.Add(2*core.KeepCodes), 10); err != nil {
				t.Fatal(err)
			}
		}
		for what, g := range map[string]core.Grant{"theirs, redeemed by this one": theirs, "of this one, redeemed by theirs": ours} {
			got, _, err := s.Grant(t.Context(), g.ID)
			if err != nil || !got.KeepUntil.Equal(core.Instant(redeemed(g).KeepUntil)) || got.State != core.GrantActive {
				t.Errorf("%s: %s, kept until %v: %v", what, got.State, got.KeepUntil, err)
			}
		}
		for what, g := range map[string]core.Grant{"theirs": over, "of this one": left} {
			if _, _, err := s.Grant(t.Context(), g.ID); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("a code %s that nobody redeemed is there after two days: %v", what, err)
			}
		}
	})
}
