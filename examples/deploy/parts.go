package main

import (
	"context"
	"expvar"
	"fmt"
	"strings"

	"github.com/keywright/keywright/adapters/smtp"
	"github.com/keywright/keywright/core"
)

// mailer sends through a server that one setting names, such as
// smtps://user:password@mail.example.com or, on this machine, smtp+plain://127.0.0.1:25.
func mailer(server, from string) (core.Mailer, error) {
	o, err := smtp.FromURL(server, from)
	if err != nil {
		return nil, fmt.Errorf("SMTP: %w", err)
	}
	return smtp.New(o)
}

// counts counts events by name.
type counts struct{ *expvar.Map }

// Observe is called while a request waits, so it only counts.
func (c counts) Observe(_ context.Context, e core.Event) { c.Add(string(e.Name), 1) }

// policy tells one client the domain of who signs in.
func policy() core.Hooks {
	return core.Hooks{Claims: func(_ context.Context, q core.ClaimsQuestion) (map[string]any, error) {
		var claims map[string]any
		if _, domain, ok := strings.Cut(q.Account.Email, "@"); ok && q.Client == "fieldnotes" {
			claims = map[string]any{"company": domain}
		}
		return claims, nil
	}}
}
