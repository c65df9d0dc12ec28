package passkey

import (
	"context"

	"github.com/keywright/keywright/core"
)

// refusal is an answer that is not taken, with the words for it.
type refusal struct {
	status  int
	problem *core.Problem
	cause   error // for the log
	keep    core.Keep
	unknown []byte // the id of a passkey that nobody has
}

// failed is every fault of an answer that only a broken or hostile program makes:
// which one it was is for the log.
func failed(status int, cause error) *refusal {
	return &refusal{status: status, problem: &core.Problem{ID: "passkey_failed"}, cause: cause}
}

// refuseShow draws the page again, with a new challenge in place of the one used.
func (a *Authenticator) refuseShow(ctx context.Context, t core.Turn, n notes, r refusal) (core.Reply, error) {
	page, err := a.showPage(ctx, t, &n)
	if err != nil {
		return nil, err
	}
	if r.unknown != nil {
		if page.Args == nil {
			page.Args = map[string]any{}
		}
		page.Args["signal"] = []signal{a.signalUnknown(t, r.unknown)}
	}
	return a.refuse(ctx, t, n, page, r), nil
}

func (a *Authenticator) refuse(ctx context.Context, t core.Turn, n notes, page core.Page, r refusal) core.Reply {
	if r.cause != nil {
		a.log.InfoContext(ctx, "a passkey was refused", "step", string(t.Step), "error", r.cause)
	}
	page.Status = r.status
	page.Problems = []core.Problem{*r.problem}
	keep := r.keep
	keep.Notes = n.bytes()
	if len(keep.Events) == 0 && r.status == 0 {
		keep.Events = []core.Event{t.Event(core.EventSignInRefused, t.Account.ID, r.problem.ID)}
	}
	return core.Refused{Page: page, Keep: keep}
}
