package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Cookies are the cookies of one tenant. Their values are handles, which
// carry their own proof, so nothing here signs or encrypts.
type Cookies struct {
	// Browser binds interactions to a browser: one for all its tabs.
	Browser string
	// Session holds the sessions of the browser, the one in use first.
	Session string
	// Marks says for whom the browser is remembered.
	Marks string
}

// How long a browser keeps each cookie. What they open ends on the server, and
// sooner.
const (
	browserCookieAge = 180 * 24 * time.Hour
	separator        = "." // never part of a handle
	maxCookieBytes   = 3 << 10
)

// NewCookies names the cookies of a tenant. The tag keeps issuers that share a
// host apart; the prefix keeps neighbours of the host from setting them
// (SE-01, CSR09).
func NewCookies(tenant core.ID) Cookies {
	sum := sha256.Sum256(tenant[:])
	tag := hex.EncodeToString(sum[:4])
	return Cookies{Browser: "__Host-kw_b_" + tag, Session: "__Host-kw_s_" + tag, Marks: "__Host-kw_r_" + tag}
}

// Read gives the value of the one cookie of this name: empty where there is
// none, where there are two (one was planted), or where it is longer than any
// of ours.
func Read(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 || len(found[0].Value) > maxCookieBytes {
		return ""
	}
	return found[0].Value
}

// ReadSessions gives the handles in the session cookie, at most MaxSessions.
func (c Cookies) ReadSessions(r *http.Request) []string { return list(Read(r, c.Session)) }

// ReadMarks gives the marks in the cookie of a remembered browser, at most
// MaxSessions.
func (c Cookies) ReadMarks(r *http.Request) []string { return list(Read(r, c.Marks)) }

func list(value string) []string {
	if value == "" || strings.Count(value, separator) >= core.MaxSessions {
		return nil
	}
	return strings.Split(value, separator)
}

// SetBrowser puts the browser's handle on the answer.
func (c Cookies) SetBrowser(h http.Header, value string) {
	set(h, c.Browser, value, int(browserCookieAge/time.Second))
}

// SetSessions puts the handles of sessions on the answer, the one in use first,
// at most MaxSessions; none clears the cookie.
func (c Cookies) SetSessions(h http.Header, handles []string, age time.Duration) {
	if len(handles) == 0 {
		set(h, c.Session, "", -1)
		return
	}
	handles = handles[:min(len(handles), core.MaxSessions)]
	set(h, c.Session, strings.Join(handles, separator), int(age/time.Second))
}

// SetMarks puts the marks of a remembered browser on the answer, the newest
// first, at most MaxSessions.
func (c Cookies) SetMarks(h http.Header, marks []string, age time.Duration) {
	set(h, c.Marks, strings.Join(marks[:min(len(marks), core.MaxSessions)], separator), int(age/time.Second))
}

// set writes one Set-Cookie, in place of an earlier one of the same name
// (CSR13). The attributes are the same for setting and clearing (SE-15).
func set(h http.Header, name, value string, age int) {
	kept := h["Set-Cookie"][:0:0]
	for _, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, name+"=") {
			kept = append(kept, line)
		}
	}
	c := http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	h["Set-Cookie"] = append(kept, c.String())
}
