package password

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/keywright/keywright/core"
)

// maxName is the longest name of a person, in bytes.
const maxName = 256

func (a *Authenticator) beginSignUp(t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	f := signUpForm{email: t.Identifier}
	if n.SignUp != nil {
		f.name, f.email = n.SignUp.Name, n.SignUp.Email
	}
	return core.Show{Page: a.signUpPage(f, 0)}, nil
}

// signUpForm is what was posted, read but not yet judged.
type signUpForm struct{ name, email, value, password string }

func (a *Authenticator) signUpPage(f signUpForm, status int, problems ...*core.Problem) core.Page {
	return withProblems(core.Page{
		Name: core.PageSignUp, Status: status, Args: map[string]any{"n": a.options.MinLength},
		Values: map[string]string{"name": f.name, "email": f.email},
		Links:  map[string]string{"signin": string(core.StepSignIn)},
	}, problems...)
}

// readSignUp checks what costs nothing, all fields at once.
func (a *Authenticator) readSignUp(t core.Turn) (signUpForm, []*core.Problem) {
	f := signUpForm{email: t.Form.Get("email")}
	name, badName := personName(t.Form.Get("name"))
	value, badEmail := formEmail(f.email)
	password, badPassword := a.chosen(t.Form.Get("password"))
	f.name, f.value, f.password = name, value, password
	var problems []*core.Problem
	for _, p := range []*core.Problem{badName, badEmail, badPassword} {
		if p != nil {
			problems = append(problems, p)
		}
	}
	return f, problems
}

// personName accepts any letters; it is shown to others, so it may not hide
// control or direction marks. It is kept as it is or refused, never cut (IDN08).
func personName(form string) (string, *core.Problem) {
	if len(form) > maxName || !utf8.ValidString(form) || strings.ContainsFunc(form, hidden) {
		return "", &core.Problem{Field: "name", ID: unreadable}
	}
	name := strings.TrimSpace(norm.NFC.String(form))
	if name == "" {
		return "", &core.Problem{Field: "name", ID: "name_empty"}
	}
	return name, nil
}

// hidden runes change how a name is drawn without being seen. Joiners are left:
// some scripts and emoji need them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

func formEmail(form string) (value string, problem *core.Problem) {
	if form == "" {
		return "", &core.Problem{Field: "email", ID: "email_empty"}
	}
	i, err := Canonical(form)
	if err != nil {
		return "", &core.Problem{Field: "email", ID: "email_format"}
	}
	return i.Value, nil
}

// signUp hashes, draws a code and looks the address up whether or not it is
// taken; which of two letters goes out is all that differs (ENU03). Nothing
// exists yet but notes.
func (a *Authenticator) signUp(ctx context.Context, t core.Turn) (core.Reply, error) {
	f, problems := a.readSignUp(t)
	if len(problems) > 0 {
		return core.Refused{Page: a.signUpPage(f, 400, problems...)}, nil
	}
	wait, err := reserve(ctx, t, limit(formsAddress, false, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: a.signUpPage(f, 429, core.ManyTries(wait))}, nil
	}
	if p := a.guessable(ctx, f.password, f.name, f.email, t.Brand.Name); p != nil {
		return core.Refused{Page: a.signUpPage(f, 0, p)}, nil
	}
	if t.Invited != "" && t.Invited == f.value {
		return a.signUpInvited(ctx, t, f)
	}
	if wait, err = reserveLetter(ctx, t, f.value); err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: a.signUpPage(f, 429, core.ManyTries(wait))}, nil
	}
	hash, err := a.hasher.Hash(ctx, f.password)
	if err != nil {
		return nil, err
	}
	s := &signUpNotes{Account: core.NewID(t.At), Name: f.name, Email: f.email, Value: f.value, Hash: hash}
	keep, err := a.sendSignUp(ctx, t, s)
	if err != nil {
		return nil, err
	}
	return core.GoTo{Step: StepCode, Keep: keep}, nil
}

func reserveLetter(ctx context.Context, t core.Turn, to string) (time.Duration, error) {
	return reserve(ctx, t, limit(codesTo, false, to), limit(lettersSender, false, t.Address))
}

// sendSignUp writes a new code into the notes and its letter. The owner of an
// account is told at the address of the account, not as it was typed.
func (a *Authenticator) sendSignUp(ctx context.Context, t core.Turn, s *signUpNotes) (core.Keep, error) {
	taken, err := byEmail(ctx, t, s.Value)
	if err != nil {
		return core.Keep{}, err
	}
	code, sent := sendable(t, aboutSignUp(s))
	l := a.codeLetter(t, s.Email, code)
	if !taken.ID.IsZero() {
		l, sent.Hash = letter(t, "have_account", taken.Email), core.Hash{}
	}
	s.Code = sent
	return core.Keep{
		Notes: notes{SignUp: s}.bytes(), Letters: []core.Letter{l},
		Events: []core.Event{t.Event(core.EventCodeSent, core.ID{}, "signup")},
	}, nil
}

func aboutSignUp(s *signUpNotes) string { return "signup " + s.Value }
