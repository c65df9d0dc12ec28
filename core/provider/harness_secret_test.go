package provider_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// secretWord is an authenticator for tests: everybody's secret is "open".
type secretWord struct{}

func (secretWord) Method() string { return "password" }

func (secretWord) Label() string          { return "" }
func (secretWord) Start(core.Tools) error { return nil }
func (secretWord) Steps() []core.Step {
	return []core.Step{"password", core.StepSignUp, "reset", "new-password", "change", core.StepVerifyEmail}
}

func (secretWord) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: "password", core.TurnVerify: core.StepVerifyEmail, core.TurnChange: "change"}
}

func (secretWord) Usable(core.Account, []core.Credential) bool { return true }

func (secretWord) Revoke(context.Context, core.Turn, core.Credential) error { return nil }

func (secretWord) Endpoints() []core.Endpoint {
	return []core.Endpoint{{Kind: core.EndpointReturn, Path: "/link/{handle}", Arrive: func(_ context.Context, r core.Returned) (core.Arrival, error) {
		return core.Arrival{Step: "new-password", Ticket: r.Values.Get("handle")}, nil
	}}}
}

func (secretWord) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Step == "new-password" && t.Ticket == nil {
		return nil, core.PageLinkUsed
	}
	return core.Show{Page: core.Page{Name: secretPage(t.Step)}}, nil
}

func secretPage(s core.Step) string {
	return map[core.Step]string{
		"password": core.PagePassword, core.StepSignUp: core.PageSignUp, "reset": core.PageReset,
		"new-password": core.PageNewPassword, "change": core.PageNewPassword, core.StepVerifyEmail: core.PageCode,
	}[s]
}

func (secretWord) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	switch t.Step {
	case "password":
		return secretSignIn(ctx, t)
	case core.StepSignUp:
		return secretSignUp(t), nil
	case "reset":
		return secretReset(ctx, t)
	case "new-password":
		return secretRenew(ctx, t)
	case "change":
		return core.Enrolled{Change: core.AccountChange{Account: t.Account}, EndSessions: true, EndGrants: true,
			Keep: core.Keep{Events: []core.Event{{Name: core.EventPasswordChanged}}}}, nil
	}
	a := t.Account
	a.EmailVerified = true
	return core.Enrolled{Change: core.AccountChange{Account: a}}, nil
}

func secretSignIn(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := t.Reserve(ctx, core.NamedLimit{Parts: []string{"word", t.Address}, Max: 5, Window: time.Minute}); err != nil {
		return nil, err
	}
	account, err := t.Account, error(nil)
	if account.ID.IsZero() {
		account, err = t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: t.Identifier})
	}
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return nil, err
	}
	if err != nil || t.Form.Get("password") != "open" {
		return core.Refused{Page: core.Page{Name: core.PagePassword, Problems: []core.Problem{{ID: "password_wrong"}}}}, nil
	}
	return core.Authenticated{Account: account.ID, AMR: []string{"pwd"}}, nil
}

func secretSignUp(t core.Turn) core.Reply {
	a := core.Account{ID: core.NewID(t.At)}
	a.Email = t.Form.Get("email")
	return core.Enrolled{New: true, AMR: []string{"pwd"}, Change: core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: a.Email}},
	}}
}

func secretReset(ctx context.Context, t core.Turn) (core.Reply, error) {
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: t.Form.Get("identifier")})
	if err != nil {
		return nil, err
	}
	ticket := core.Ticket{ID: core.ID(t.Hash("reset", account.ID.String())[0][:16]), Account: account.ID}
	ticket.Kind, ticket.Ends, ticket.SignInEpoch = "reset", t.At.Add(30*time.Minute), account.SignInEpoch
	link := t.Link("/link/{handle}", &ticket)
	return core.Show{Page: core.Page{Name: core.PageResetSent}, Keep: core.Keep{
		Ticket: &ticket, Events: []core.Event{{Name: core.EventResetRequested, Account: account.ID}},
		Letters: []core.Letter{{Name: "reset", To: account.Email, Link: link}},
	}}, nil
}

func secretRenew(ctx context.Context, t core.Turn) (core.Reply, error) {
	if t.Ticket == nil {
		return nil, core.PageLinkUsed
	}
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: strings.ToLower(t.Form.Get("identifier"))})
	if err != nil {
		return nil, err
	}
	account.EmailVerified = account.EmailVerified || t.Form.Get("prove") != ""
	return core.Enrolled{Change: core.AccountChange{Account: account}, EndSessions: true, EndGrants: true, SpendTicket: true, AMR: []string{"pwd"}}, nil
}
