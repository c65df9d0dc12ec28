package provider

import (
	"errors"
	"maps"
	"slices"

	"github.com/keywright/keywright/core"
)

// errMoved: the interaction was finished meanwhile, by another request.
var errMoved = errors.New("provider: the interaction was finished meanwhile")

// maxWrites bounds how often a lost race is decided again, as core.ApplyGrant does:
// two tabs and an impatient finger need no more, and where many meet at one row it
// is better that they are told to come again than that they keep each other from it.
const maxWrites = 3

// write changes the interaction by one conditional write, deciding again from a
// fresh read where another request was first. Nothing is changed once it is
// finished: then it returns errMoved and v.i holds what stands.
func (v *visit) write(change func(*core.Interaction), events ...core.Event) error {
	return v.writeIf(func(i *core.Interaction) error { change(i); return nil }, events...)
}

// writeIf is write for a change that may not fit what stands: its error ends
// the write.
func (v *visit) writeIf(change func(*core.Interaction) error, events ...core.Event) error {
	var tried []core.ID
	var err error
	for range maxWrites {
		if v.i.Finished {
			return errMoved
		}
		next := v.i
		next.Notes = maps.Clone(v.i.Notes)
		next.SeenAt, next.Change = v.at, core.NewID(v.at)
		if err := change(&next); err != nil {
			return err
		}
		for n := range events {
			events[n].Thing, events[n].Version = next.ID, next.Version+1
		}
		if err = v.p.Store.UpdateInteraction(v.r.Context(), next, events...); err == nil {
			next.Version++
			v.i = next
			v.p.wakeFor(events)
			return nil
		}
		tried = append(tried, next.Change)
		if won, readErr := v.reread(tried, err); won || readErr != nil {
			return readErr
		}
	}
	return core.Unavailable(err)
}

// reread finds out what stands after a write that was refused, or whose answer
// was lost: one of its own changes there means that it won. It need not be the last
// one: a write that seemed lost can land late, and then it is what refuses the next.
func (v *visit) reread(tried []core.ID, cause error) (won bool, err error) {
	if !errors.Is(cause, core.ErrConflict) && !errors.Is(cause, core.ErrUnavailable) {
		return false, cause
	}
	fresh, err := v.p.Store.Interaction(v.r.Context(), v.i.ID)
	if errors.Is(err, core.ErrNotFound) {
		return false, core.PageOld.Because(err)
	}
	if err != nil {
		return false, err
	}
	v.i = fresh
	return slices.Contains(tried, fresh.Change), nil
}

// settled runs step after a write, leading to the finished page where another
// request has ended the interaction.
func (v *visit) settled(err error, step func() error) error {
	if errors.Is(err, errMoved) {
		return v.again(true)
	}
	if err != nil {
		return err
	}
	return step()
}

// event is one of this interaction's.
func (v *visit) event(name core.EventName, account core.ID) core.Event {
	return v.p.happened(v.r, v.at, name, account, v.i.Request.Client, v.i.ID)
}
