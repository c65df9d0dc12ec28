package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Fault is what a violation is called, and counted as.
type Fault string

// The faults.
const (
	DoubleRedemption Fault = "double redemptions"
	ForkedFamily     Fault = "forked families"
	Resurrected      Fault = "resurrected revocations"
	LostGrant        Fault = "answered-but-lost grants"
	LostSession      Fault = "sessions lost"
	LostConsent      Fault = "consents lost"
	OutageRefusal    Fault = "invalid_grant during an outage"
	Replayed         Fault = "assertions accepted twice"
	ServerError      Fault = "5xx other than 503"
	BadSignature     Fault = "tokens not verified by a replica"
	Unpurged         Fault = "rows purged too late or too early"
	Crashed          Fault = "replicas that panicked, raced or ended by themselves"
	Unexpected       Fault = "unexpected answers"
	Undecided        Fault = "histories not decided in time"
)

// Faults are all of them, in the order of a report.
func Faults() []Fault {
	return []Fault{
		DoubleRedemption, ForkedFamily, Resurrected, LostGrant, LostSession, LostConsent, OutageRefusal,
		Replayed, ServerError, BadSignature, Unpurged, Crashed, Unexpected, Undecided,
	}
}

// Violation is a promise that was broken, with the history that shows it.
type Violation struct {
	Fault   Fault
	Subject string // the grant, session …
	Excerpt string
}

// String is the whole of it.
func (v Violation) String() string { return fmt.Sprintf("%s: %s\n%s", v.Fault, v.Subject, v.Excerpt) }

// patience is how long one history may take to be decided.
const patience = 20 * time.Second

// Check looks for an order of the calls that explains every answer; nil if there is one.
func (g *Grant) Check() *Violation {
	culprit := undecidable(g.Calls, standing{}, g.step)
	if culprit == nil {
		return nil
	}
	return &Violation{g.name(culprit), "grant " + g.ID, Excerpt(g.Calls, culprit)}
}

// Check is that of a session; fault is what a refusal without a cause is called.
func (r *Register) Check(fault Fault) *Violation {
	culprit := undecidable(r.Calls, false, stepRegister)
	if culprit == nil {
		return nil
	}
	if culprit.Outcome == Done {
		fault = Resurrected
	}
	if culprit.Kind == "" {
		fault = Undecided
	}
	return &Violation{fault, r.ID, Excerpt(r.Calls, culprit)}
}

// name says what is wrong with the answer that no order explains.
func (g *Grant) name(c *Call) Fault {
	ended := slices.ContainsFunc(g.Calls, func(e Call) bool {
		ends := e.Kind == End || e.Kind == EndSession || e.Kind == RevokeRefresh || e.Kind == RevokeAccess
		return ends && e.Outcome == Done && e.To < c.From
	})
	switch {
	case c.Kind == "":
		return Undecided
	case c.Outcome == Done && c.Kind == Redeem && !ended:
		return DoubleRedemption
	case c.Outcome == Done && c.Kind == Refresh && !ended:
		return ForkedFamily
	case c.Outcome == Done && c.Kind != Stored:
		return Resurrected
	case c.Outage:
		return OutageRefusal
	}
	return LostGrant
}

// undecidable gives the call that no order of the calls can explain, after those that can be; nil if there is none. A
// call without a kind says that it could not be found out in time.
func undecidable[S comparable](calls []Call, start S, step func(S, *Call) []S) *Call {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{start} },
		Step: func(state, input, _ any) []any {
			var all []any
			for _, next := range step(state.(S), input.(*Call)) {
				all = append(all, next)
			}
			return all
		},
	}
	var operations []porcupine.Operation
	for i := range calls {
		if c := &calls[i]; c.Outcome != Unknown || !c.reads() {
			operations = append(operations, porcupine.Operation{Input: c, Call: int64(c.From), Return: int64(c.To), Metadata: c})
		}
	}
	switch porcupine.CheckOperationsTimeout(model.ToModel(), operations, patience) {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return &Call{}
	}
	_, info := porcupine.CheckOperationsVerbose(model.ToModel(), operations, patience)
	return culprit(operations, info.PartialLinearizationsOperations())
}

// culprit is the call that is answered first of those that the longest order leaves out.
func culprit(all []porcupine.Operation, orders [][][]porcupine.Operation) *Call {
	explained := map[*Call]bool{}
	for _, order := range orders[0] {
		if len(order) > len(explained) {
			explained = map[*Call]bool{}
			for _, o := range order {
				explained[o.Input.(*Call)] = true
			}
		}
	}
	var first *Call
	for _, o := range all {
		if c := o.Input.(*Call); !explained[c] && (first == nil || c.To < first.To) {
			first = c
		}
	}
	return first
}

// around is how many calls of a history are shown before the one that is wrong.
const around = 60

// Excerpt shows the calls in the order in which they were made, up to the one that is wrong.
func Excerpt(calls []Call, wrong *Call) string {
	shown := make([]*Call, len(calls))
	for i := range calls {
		shown[i] = &calls[i]
	}
	slices.SortStableFunc(shown, func(a, b *Call) int { return cmp.Compare(a.From, b.From) })
	var b strings.Builder
	fmt.Fprintf(&b, "  %10s %10s  seconds of the provider's clock\n", "asked", "answered")
	if at := slices.Index(shown, wrong); at > around {
		fmt.Fprintf(&b, "  … %d calls before\n", at-around)
		shown = shown[at-around:]
	}
	for _, c := range shown {
		mark := "  "
		if c == wrong {
			mark = ">>"
		}
		fmt.Fprintf(&b, "%s%s\n", mark, c)
		if c.From > wrong.To && wrong.To > 0 {
			break
		}
	}
	return b.String()
}
