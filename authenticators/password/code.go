package password

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

// newCode draws a code, uniform over all of six digits.
func newCode() string { return shortcode.Draw(codeDigits) }

// sendable draws a code and what is kept of it, bound to the interaction and to
// what it proves.
func sendable(t core.Turn, about string) (code string, sent sentCode) {
	code = newCode()
	return code, sentCode{Hash: codeHashes(t, about, code)[0], Key: core.NewID(t.At), At: t.At}
}

func codeHashes(t core.Turn, about, code string) []core.Hash {
	return t.Hash("mail-code", t.Interaction.String(), about, code)
}

// parseCode reads what was typed. empty says that nothing was typed at all; ok that
// it is six digits.
func parseCode(typed string) (code string, empty, ok bool) { return shortcode.Parse(typed, codeDigits) }

// tryCode compares what was typed with the code that was sent; nil if it fits. The
// try is counted first: exactly, under the code's own key, and again in the
// notes, for the words on the page.
func (a *Authenticator) tryCode(ctx context.Context, t core.Turn, sent *sentCode, about string) (*core.Problem, error) {
	problem := func(id string, args map[string]any) (*core.Problem, error) {
		return &core.Problem{Field: "code", ID: id, Args: args}, nil
	}
	code, empty, ok := parseCode(t.Form.Get("code"))
	switch {
	case empty:
		return problem("code_empty", nil)
	case !ok:
		return problem("code_format", nil)
	case !t.At.Before(sent.At.Add(a.lifetimes.MailCode)):
		return problem("code_old", nil)
	case sent.Tries >= maxTries:
		return problem("code_tries", nil)
	}
	wait, err := reserve(ctx, t, limit(codeTries, false, sent.Key.String()))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return problem("code_tries", nil)
	}
	if sent.Hash.In(codeHashes(t, about, code)) {
		return nil, nil
	}
	sent.Tries++
	if sent.Tries >= maxTries {
		return problem("code_tries", nil)
	}
	return problem("code_wrong", map[string]any{"n": maxTries - sent.Tries})
}

// soon is how long until another code may be asked for.
func (s sentCode) soon(at time.Time) time.Duration {
	return max(s.At.Add(againAfter).Sub(at), 0)
}

func (a *Authenticator) codePage(email, other string) core.Page {
	page := core.Page{Name: core.PageCode, Args: map[string]any{"email": email, "duration": a.lifetimes.MailCode}}
	if other != "" {
		page.Links = map[string]string{"switch": other}
	}
	return page
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

// refusedCode is the code page again with what is wrong.
func refusedCode(page core.Page, p *core.Problem, n notes) core.Reply {
	page.Status = statusOf(p)
	return core.Refused{Page: withProblems(page, p), Keep: core.Keep{Notes: n.bytes()}}
}

// letter is a message as this turn would have it.
func letter(t core.Turn, name, to string) core.Letter {
	return core.Letter{Name: name, To: to, Locales: t.Locales, Brand: t.Brand}
}

func (a *Authenticator) codeLetter(t core.Turn, to, code string) core.Letter {
	l := letter(t, "code", to)
	l.Code, l.Lifetime = code, a.lifetimes.MailCode
	return l
}
