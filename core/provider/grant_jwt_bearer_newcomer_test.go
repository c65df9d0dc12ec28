package provider

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/keywright/keywright/core"
)

// An account that an assertion makes is judged like every other: by the hook, and
// by what people have to say of themselves who make one.
func TestEM06_HooksSignUpJudgesAccountsOfAssertions(t *testing.T) {
	var verdict func(core.SignUpQuestion) (core.AccountChange, error)
	var asked core.SignUpQuestion
	f := newFederation(t, func(c *Config) {
		c.Hooks.SignUp = func(_ context.Context, q core.SignUpQuestion) (core.AccountChange, error) {
			asked = q
			return verdict(q)
		}
	})
	for name, tt := range map[string]struct {
		verdict error
		status  int
		code    core.ErrorCode
	}{
		"a problem": {&core.ProblemError{Problem: core.Problem{ID: "not_here"}}, 400, core.InvalidGrant},
		"a page":    {core.PageSignUpClosed.Because(errors.New("not here")), 400, core.InvalidGrant},
		"an answer": {core.Refuse(core.AccessDenied, "not at night"), 400, core.AccessDenied},
		"a fault":   {errors.New("the directory is down"), 500, core.ServerError},
	} {
		verdict = func(core.SignUpQuestion) (core.AccountChange, error) { return core.AccountChange{}, tt.verdict }
		if a := f.present(f.idJAG()); a.status != tt.status || a.text("error") != string(tt.code) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	verdict = func(q core.SignUpQuestion) (core.AccountChange, error) {
		q.Change.Account.ID = f.account.ID
		return q.Change, nil
	}
	f.refuses(f.present(f.idJAG()), 500, core.ServerError)
	if f.accounts() != 1 || len(f.grants()) != 0 {
		t.Errorf("%d accounts, %d grants", f.accounts(), len(f.grants()))
	}
	verdict = func(q core.SignUpQuestion) (core.AccountChange, error) {
		q.Change.Account.Claims = map[string]json.RawMessage{"team": json.RawMessage(`"sales"`)}
		return q.Change, nil
	}
	token := f.idJAG()
	id := f.subjectOf(f.present(token))
	made, err := f.store.Store.Account(t.Context(), id)
	f.must(err)
	if string(made.Claims["team"]) != `"sales"` || asked.Client != "app" || asked.Method != core.CredentialAssertion || asked.Change.Account.Email != "ada@company.example" {
		t.Errorf("made %+v, asked %+v", made, asked)
	}
}

func TestEM06_WhatIsAskedOfNewPeopleIsNotSkipped(t *testing.T) {
	fill := false
	f := newFederation(t, func(c *Config) {
		c.SignUpFields = []core.Field{{Name: "note"}, {Name: "badge", Claim: "badge_number", Required: true}}
		c.Hooks.SignUp = func(_ context.Context, q core.SignUpQuestion) (core.AccountChange, error) {
			if fill {
				q.Change.Account.Claims = map[string]json.RawMessage{"badge_number": json.RawMessage(`"7"`)}
			}
			return q.Change, nil
		}
	})
	f.refuses(f.present(f.idJAG()), 400, core.InvalidGrant)
	if f.accounts() != 1 {
		t.Error("an account was made")
	}
	fill = true
	f.ok(f.present(f.idJAG()))
	fill = false
	f.ok(f.present(f.idJAG())) // known by now
}
