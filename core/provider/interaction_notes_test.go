package provider_test

import (
	"context"
	"errors"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// noteTaker is secretWord with notes: each word typed is added to them. The
// first time, meanwhile runs between reading the notes and writing them.
type noteTaker struct {
	secretWord
	meanwhile *func()
}

func (n noteTaker) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	return core.Show{Page: core.Page{Name: core.PagePassword, Values: map[string]string{"notes": string(t.Notes)}}}, nil
}

func (n noteTaker) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if run := *n.meanwhile; run != nil {
		*n.meanwhile = nil
		run()
	}
	word := t.Form.Get("password")
	if word != "enrol" {
		return core.Show{Page: core.Page{Name: core.PagePassword}, Keep: core.Keep{Notes: append(t.Notes, word...)}}, nil
	}
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: t.Identifier})
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return nil, err
	}
	account.EmailVerified = true
	return core.Enrolled{Change: core.AccountChange{Account: account}, Keep: core.Keep{Notes: append(t.Notes, word...)}}, nil
}

// Two requests of one person meet: notes that were read before the other's
// were written never replace them.
func TestNotes_AreNotBroughtBack(t *testing.T) {
	for word, want := range map[string]string{
		"B":     "AB", // asked again, on what the other left
		"enrol": "",   // an account was written already: the notes are dropped
	} {
		var meanwhile func()
		w := newWorld(t, func(c *provider.Config) { c.Authenticators = []core.Authenticator{noteTaker{meanwhile: &meanwhile}} })
		b := w.browser()
		page := b.submit(b.get(request("app")), "identifier", "ada@example.com")
		b.want(page, core.PagePassword)
		meanwhile = func() { b.submit(page, "password", "A") }
		b.submit(page, "password", word)
		if got := b.get(page.path).Values["notes"]; got != want {
			t.Errorf("%s: the notes are %q, want %q", word, got, want)
		}
	}
}
