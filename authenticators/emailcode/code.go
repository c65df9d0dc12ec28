package emailcode

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/shortcode"
)

// Numbers of mailed codes (requirement MF-03): six digits are about 20 bits.
const (
	codeDigits = 6
	maxTries   = 5
	againAfter = time.Minute
)

// codeHashes binds a code to this interaction, this purpose and this address.
func codeHashes(t core.Turn, r recipient, code string) []core.Hash {
	return t.Hash("email-code", string(t.Purpose), t.Interaction.String(), r.Name, r.Value, code)
}

// waiting is the letter that this page is about, if one is on its way to whom it
// is about now.
func (a *Authenticator) waiting(t core.Turn, n notes, value string) *letter {
	l := n[t.Purpose]
	if l == nil || l.Name != value || !t.At.Before(l.At.Add(a.lifetime)) || !t.Account.ID.IsZero() && l.Account != t.Account.ID {
		return nil
	}
	return l
}

// beginCode sends a letter unless one is on its way: looking at the page again
// sends nothing.
func (a *Authenticator) beginCode(ctx context.Context, t core.Turn) (core.Reply, error) {
	typed, value, ok := meant(t)
	if !ok {
		return beginAddress(t) // here, since this page needs no link that is still good
	}
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	page := a.codePage(t, typed)
	if a.waiting(t, n, value) != nil {
		return core.Show{Page: page}, nil
	}
	keep, wait, err := a.send(ctx, t, typed, value)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		page.Status = 429
		return core.Show{Page: withProblems(page, core.ManyTries(wait))}, nil
	}
	return core.Show{Page: page, Keep: keep}, nil
}

func (a *Authenticator) codePage(t core.Turn, typed string) core.Page {
	page := core.Page{Name: core.PageCode, Args: map[string]any{
		"email": typed, "duration": a.lifetime, "link": t.Purpose == core.TurnSignIn,
	}}
	if t.Purpose == core.TurnSignIn && t.Account.ID.IsZero() {
		page.Links = map[string]string{"switch": string(StepAddress)}
	}
	return page
}

// code reads what was typed.
func (a *Authenticator) code(ctx context.Context, t core.Turn) (core.Reply, error) {
	typed, value, ok := meant(t)
	if !ok || t.Purpose == core.TurnSignIn && t.Form.Has("email") {
		return a.address(ctx, t)
	}
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	page, l := a.codePage(t, typed), a.waiting(t, n, value)
	if t.Form.Get("again") != "" {
		return a.again(ctx, t, l, page)
	}
	problem, err := a.try(ctx, t, l)
	if err != nil {
		return nil, err
	}
	if problem == nil {
		return a.proven(ctx, t, proof{recipient: l.recipient, page: page, notes: n})
	}
	page.Status = statusOf(problem)
	keep := core.Keep{Notes: n.bytes()}
	if problem.ID == "code_wrong" || problem.ID == "code_tries" {
		keep.Events = []core.Event{t.Event(core.EventSignInRefused, t.Account.ID, Method)}
	}
	return core.Refused{Page: withProblems(page, problem), Keep: keep}, nil
}

// again sends a new letter, which replaces the old one, at most once a minute.
func (a *Authenticator) again(ctx context.Context, t core.Turn, last *letter, page core.Page) (core.Reply, error) {
	var wait time.Duration
	var keep core.Keep
	if last != nil {
		wait = max(last.At.Add(againAfter).Sub(t.At), 0)
	}
	if wait == 0 {
		typed, value, _ := meant(t)
		var err error
		if keep, wait, err = a.send(ctx, t, typed, value); err != nil {
			return nil, err
		}
	}
	if wait > 0 {
		page.Status = 429
		return core.Refused{Page: withProblems(page, core.ManyTries(wait))}, nil
	}
	page.Notices = []core.Notice{{Kind: "ok", ID: "code_again"}}
	return core.Show{Page: page, Keep: keep}, nil
}

// try compares what was typed with the code that was sent; nil if it fits. The try
// is counted first: exactly, under the letter's own key, and again in the notes,
// for the words on the page.
func (a *Authenticator) try(ctx context.Context, t core.Turn, l *letter) (*core.Problem, error) {
	problem := func(id string, args map[string]any) (*core.Problem, error) {
		return &core.Problem{Field: "code", ID: id, Args: args}, nil
	}
	code, empty, ok := shortcode.Parse(t.Form.Get("code"), codeDigits)
	switch {
	case empty:
		return problem("code_empty", nil)
	case !ok:
		return problem("code_format", nil)
	case l == nil:
		return problem("code_old", nil)
	case l.Tries >= maxTries:
		return problem("code_tries", nil)
	}
	wait, err := reserve(ctx, t, limit(triesAddress, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.ManyTries(wait), nil
	}
	wait, err = reserve(ctx, t, limit(codeTries, l.Key.String()))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return problem("code_tries", nil)
	}
	if l.Hash.In(codeHashes(t, l.recipient, code)) {
		return nil, nil
	}
	l.Tries++
	if l.Tries >= maxTries {
		return problem("code_tries", nil)
	}
	return problem("code_wrong", map[string]any{"n": maxTries - l.Tries})
}

func statusOf(p *core.Problem) int {
	switch p.ID {
	case "many_tries", "code_tries":
		return 429
	case "code_empty", "code_format":
		return 400
	}
	return 0
}
