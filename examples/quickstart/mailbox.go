package main

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// letters is a core.Mailer that sends nothing and shows everything. It is for
// development alone.
type letters struct {
	mu   sync.Mutex
	mail []letter
}

type letter struct {
	ID string
	At time.Time
	core.Mail
}

var mailPages = template.Must(template.ParseFS(files, "pages/*.html"))

// Send keeps the message; one that is sent again is kept once.
func (l *letters) Send(_ context.Context, id string, m core.Mail) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.ContainsFunc(l.mail, func(k letter) bool { return k.ID == id }) {
		l.mail = append(l.mail, letter{id, time.Now(), m})
	}
	return nil
}

// ServeHTTP lists the letters, newest first, or shows one of them.
func (l *letters) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	mail := slices.Clone(l.mail)
	l.mu.Unlock()
	slices.Reverse(mail)
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/pages/style.css" {
		http.ServeFileFS(w, r, files, "pages/style.css")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if at, err := strconv.Atoi(r.URL.Query().Get("n")); err == nil && at >= 0 && at < len(mail) {
		_ = mailPages.ExecuteTemplate(w, "letter.html", mail[at]) // the reader may have left
		return
	}
	_ = mailPages.ExecuteTemplate(w, "mailbox.html", mail)
}
