package main

import (
	"bytes"
	"context"
	"errors"
	"expvar"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/smtp"
	"strings"

	"github.com/keywright/keywright/core"
)

// relay sends mail through a server of the own network that asks for no
// password.
type relay struct{ server, from string }

// Send hands one message to the server. The provider calls it beside requests,
// and again later if it returns an error.
func (r relay) Send(_ context.Context, id string, m core.Mail) error {
	if strings.ContainsAny(m.To+r.from, "\r\n") {
		return errors.New("an address holds a line break")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", r.from, m.To, mime.QEncoding.Encode("utf-8", m.Subject))
	fmt.Fprintf(&b, "Message-ID: <%s@keywright>\r\nMIME-Version: 1.0\r\n", id) // the same if it is sent again
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	body := quotedprintable.NewWriter(&b)
	if _, err := body.Write([]byte(m.Text)); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	return smtp.SendMail(r.server, nil, r.from, []string{m.To}, b.Bytes())
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
