package password

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/passwordhash"
	"github.com/keywright/keywright/internal/strength"
)

// enough is the least score of a new password, of 4: out of reach for guessing
// over a network.
const enough = 3

// unreadable is the problem of text that is not UTF-8. It has no words of its
// own: no browser sends it.
const unreadable = "other"

// typed reads a password that is to be compared. A problem means that it cannot
// be any account's, and that nothing is to be hashed (PWD08, PWD09).
func typed(form string, field string) (password string, problem *core.Problem) {
	if form == "" {
		return "", &core.Problem{Field: field, ID: "password_empty"}
	}
	password, err := passwordhash.Normalise(form)
	switch {
	case errors.Is(err, passwordhash.ErrTooLong):
		return "", tooLong(field)
	case err != nil:
		return "", &core.Problem{Field: field, ID: unreadable}
	}
	return password, nil
}

func tooLong(field string) *core.Problem {
	return &core.Problem{Field: field, ID: "password_long", Args: map[string]any{"n": core.MaxPassword}}
}

// chosen reads a new password and checks what costs nothing: that it is there, is
// text, and is long enough in code points and short enough in bytes (PW-01, PW-02).
func (a *Authenticator) chosen(form string) (password string, problem *core.Problem) {
	password, problem = typed(form, "password")
	if problem == nil && utf8.RuneCountInString(password) < a.options.MinLength {
		problem = &core.Problem{Field: "password", ID: "password_short", Args: map[string]any{"n": a.options.MinLength}}
	}
	return password, problem
}

// guessable judges a new password whole, against what others know (PW-04). There
// are no rules of composition (PW-03).
func (a *Authenticator) guessable(ctx context.Context, password string, personal ...string) *core.Problem {
	personal = append(personal, a.options.ServiceWords...)
	if strength.Personal(password, personal...) {
		return &core.Problem{Field: "password", ID: "password_personal"}
	}
	if a.leaked(ctx, password) {
		return &core.Problem{Field: "password", ID: "password_leaked"}
	}
	if strength.Score(password, personal...) < enough {
		return &core.Problem{Field: "password", ID: "password_weak"}
	}
	return nil
}

// leaked asks the list of breaches. A list that fails turns nobody away (PW-05).
func (a *Authenticator) leaked(ctx context.Context, password string) bool {
	if a.options.Breach == nil {
		return false
	}
	found, err := a.options.Breach.Contains(password)
	if err != nil {
		a.log.WarnContext(ctx, "the list of leaked passwords could not be read", "error", err)
	}
	return err == nil && found
}
