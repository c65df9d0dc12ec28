package totp

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/shortcode"
)

func page(p *core.Problem) core.Page {
	page := core.Page{Name: PageTOTP, Status: statusOf(p)}
	if p != nil {
		page.Problems = []core.Problem{*p}
	}
	return page
}

func statusOf(p *core.Problem) int {
	switch {
	case p == nil:
		return 0
	case p.ID == "many_tries":
		return 429
	case p.ID == "code_empty", p.ID == "code_format":
		return 400
	}
	return 0
}

// second takes a code of the account's generator.
func second(ctx context.Context, t core.Turn) (core.Reply, error) {
	code, problem := typed(t)
	if problem != nil {
		return core.Refused{Page: page(problem)}, nil
	}
	wait, err := reserveTry(ctx, t)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: page(core.ManyTries(wait))}, nil
	}
	c, err := load(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(c.Secret) == 0 {
		return nil, core.PageNotAllowed // removed since: there is nothing to compare with
	}
	s, seed, err := open(t, c)
	if err != nil {
		return nil, err
	}
	step, ok := match(seed, t.At, code)
	switch {
	case !ok:
		return refused(t, "totp_wrong"), nil
	case step <= s.Step:
		return refused(t, "totp_reused"), nil
	}
	next := used(t, c, s, step)
	return core.Authenticated{Account: t.Account.ID, AMR: []string{AMR}, Credential: &next}, nil
}

func refused(t core.Turn, problem string) core.Reply {
	return core.Refused{
		Page: page(&core.Problem{Field: "code", ID: problem}),
		Keep: core.Keep{Events: []core.Event{t.Event(core.EventSignInRefused, t.Account.ID, problem)}},
	}
}

// typed reads the code.
func typed(t core.Turn) (string, *core.Problem) {
	code, empty, ok := shortcode.Parse(t.Form.Get("code"), digits)
	switch {
	case empty:
		return "", &core.Problem{Field: "code", ID: "code_empty"}
	case !ok:
		return "", &core.Problem{Field: "code", ID: "code_format"}
	}
	return code, nil
}
