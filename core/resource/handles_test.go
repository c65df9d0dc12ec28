package resource_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core/resource"
)

// PR-14, PR-15: a handle counts for whom it was made, for what, and for a time.
func TestPR14_PR15_handles(t *testing.T) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	now := at
	h, err := resource.NewHandles(bytes.Repeat([]byte{1}, 32), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	other, _ := resource.NewHandles(bytes.Repeat([]byte{2}, 32), func() time.Time { return now })
	ada := resource.Person{Issuer: "https://id.example", Subject: "ada"}
	one := h.New("elicitation", ada, 10*time.Minute)
	if len(one) != 75 || one == h.New("elicitation", ada, 10*time.Minute) {
		t.Errorf("%d characters: %s", len(one), one)
	}
	if err := h.Check(one, "elicitation", ada); err != nil {
		t.Fatal(err)
	}
	flip := func(i int) string {
		c := byte('A')
		if one[i] == c {
			c = 'B'
		}
		return one[:i] + string(c) + one[i+1:]
	}
	for name, c := range map[string]struct {
		h               *resource.Handles
		handle, purpose string
		of              resource.Person
	}{
		"of somebody else":           {h, one, "elicitation", resource.Person{Issuer: ada.Issuer, Subject: "bob"}},
		"of the same name elsewhere": {h, one, "elicitation", resource.Person{Issuer: "https://other.example", Subject: "ada"}},
		"parts moved":                {h, one, "elicitation", resource.Person{Issuer: ada.Issuer + "a", Subject: "da"}},
		"nobody":                     {h, one, "elicitation", resource.Person{}},
		"of another purpose":         {h, one, "task", ada},
		"of another server":          {other, one, "elicitation", ada},
		"a longer life":              {h, flip(9), "elicitation", ada},
		"another number":             {h, flip(20), "elicitation", ada},
		"another sum":                {h, flip(60), "elicitation", ada},
		"cut":                        {h, one[:len(one)-4], "elicitation", ada},
		"padded":                     {h, one + "=", "elicitation", ada},
		"a line break":               {h, one[:40] + "\n" + one[40:], "elicitation", ada},
		"empty":                      {h, "", "elicitation", ada},
		"long":                       {h, strings.Repeat("A", 1<<16), "elicitation", ada},
	} {
		if err := c.h.Check(c.handle, c.purpose, c.of); !errors.Is(err, resource.ErrHandle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now = at.Add(10 * time.Minute)
	if err := h.Check(one, "elicitation", ada); !errors.Is(err, resource.ErrHandle) {
		t.Errorf("expired: %v", err)
	}
	if _, err := resource.NewHandles([]byte("short"), nil); err == nil {
		t.Error("a short key")
	}
}

// linking is a tool that needs the person at a page of the server, and that page.
type linking struct {
	handles *resource.Handles
	whoIs   func(*http.Request) (resource.Person, bool)
}

// url is what the tool answers with.
func (l *linking) url(t *resource.Token) string {
	return "https://todo.example.com/link/" + l.handles.New("link", t.Person(), 10*time.Minute)
}

// page is where that leads. whoIs knows the browser from a sign-in at this page's own origin, by a session cookie; it has to lead to one where there is none.
func (l *linking) page(w http.ResponseWriter, r *http.Request) {
	who, signedIn := l.whoIs(r)
	if !signedIn {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	if err := l.handles.Check(r.PathValue("handle"), "link", who); err != nil { // before anything else
		http.Error(w, "This link is not yours, or it has expired.", http.StatusForbidden)
		return
	}
	_, _ = w.Write([]byte("Connect your calendar"))
}

// PR-15: the URL that a server sent to one person is of no use to another.
func TestPR15_aPageForOnePerson(t *testing.T) {
	handles, err := resource.NewHandles(bytes.Repeat([]byte{1}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	var who resource.Person
	l := &linking{handles, func(*http.Request) (resource.Person, bool) { return who, who.Subject != "" }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /link/{handle}", l.page)
	to := l.url(&resource.Token{Issuer: "https://id.example", Subject: "ada"})
	for subject, want := range map[string]int{"": http.StatusSeeOther, "ada": http.StatusOK, "eve": http.StatusForbidden} {
		who = resource.Person{Issuer: "https://id.example", Subject: subject}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, to, nil))
		if w.Code != want {
			t.Errorf("%q: %d", subject, w.Code)
		}
	}
}
