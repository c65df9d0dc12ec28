package keywright_test

import (
	"context"
	"strings"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// What is asked of who makes an account, by whatever way they sign up.
func ExampleConfig_signUp() {
	c := keywright.Config{}
	c.SignUpFields = []core.Field{
		{Name: "team", Label: map[string]string{"": "Team", "de": "Abteilung"}, Required: true, MaxLength: 40},
		{Name: "site", Kind: core.FieldSelect, Label: map[string]string{"": "Site"}, Options: []core.FieldOption{
			{Value: "lis", Label: map[string]string{"": "Lisbon"}}, {Value: "osl", Label: map[string]string{"": "Oslo"}},
		}},
		{Name: "news", Kind: core.FieldCheckbox, Label: map[string]string{"": "Send me the newsletter"}, Claim: "newsletter"},
	}
	c.Terms = core.Terms{Version: "2026-11-01", URL: "https://example.com/terms"}
	c.Hooks.SignUp = func(_ context.Context, q core.SignUpQuestion) (core.AccountChange, error) {
		if strings.HasSuffix(q.Change.Account.Email, "@trash.example") {
			return q.Change, &core.ProblemError{Problem: core.Problem{ID: "our_people"}} // the text "problem.our_people" in ui.Options.Messages
		}
		return q.Change, nil
	}
	_, _ = keywright.New(context.Background(), c)
}

// An operator invites somebody, also where nobody can sign up.
func ExampleProvider_Invite() {
	invite := func(ctx context.Context, p *keywright.Provider, harbour core.ID) error {
		return p.Invite(ctx, core.Invitation{
			Email: "mara@example.com", Organization: harbour, Roles: []string{"editor"}, Lifetime: 48 * time.Hour,
		})
	}
	_ = invite
}
