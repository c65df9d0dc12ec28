package ui

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"strings"

	"github.com/keywright/keywright/core"
)

// Letter writes one message to a person: always with a plain-text part, with
// nothing in it that a mail program would load from anywhere.
func (u *UI) Letter(_ context.Context, l core.Letter) (core.Mail, error) {
	t, ok := u.templates.letters[l.Name]
	if !ok {
		return core.Mail{}, fmt.Errorf("letter %q has no template: add mail/%s.html and mail/%s.txt to Options.Templates", l.Name, l.Name, l.Name)
	}
	v := u.letterView(&l)
	var html, text bytes.Buffer
	if err := t.html.Execute(&html, v); err != nil {
		return core.Mail{}, fmt.Errorf("letter %q: %w", l.Name, err)
	}
	if err := t.text.Execute(&text, v); err != nil {
		return core.Mail{}, fmt.Errorf("letter %q: %w", l.Name, err)
	}
	return core.Mail{To: l.To, Subject: v.Subject, Text: text.String(), HTML: html.String()}, nil
}

// letterView is what templates of letters see as ".".
type letterView struct {
	Letter  *core.Letter
	Product string
	Subject string
	Code    string // in groups, as it is easiest to type
	// Accent, OnAccent are the brand's button in light mode; mails carry their
	// colours inline.
	Accent, OnAccent template.CSS

	speaker
}

func (u *UI) letterView(l *core.Letter) *letterView {
	v := &letterView{Letter: l, Code: grouped(stripHidden(l.Code)), speaker: speaker{locale: u.choose(l.Locales), brand: l.Brand.Texts}}
	if v.Product = CleanName(l.Brand.Name); v.Product == "" {
		v.Product = "Keywright"
	}
	v.Subject = stripHidden(v.T("mail." + l.Name))
	look, _ := readLook(l.Brand)
	p, _ := lightMode().guard(look.accent, nil)
	v.Accent, v.OnAccent = template.CSS(p.accent.String()), template.CSS(p.onAccent.String()) // #nosec G203 -- written from numbers
	return v
}

// grouped puts a space in the middle of a code of six or eight characters.
func grouped(code string) string {
	if n := len(code); n == 6 || n == 8 {
		return code[:n/2] + " " + code[n/2:]
	}
	return code
}

// Lang is the language tag of the letter.
func (v *letterView) Lang() string { return v.tag.String() }

// Dir is "ltr" or "rtl".
func (v *letterView) Dir() string { return v.dir }

// T is a message as text.
func (v *letterView) T(id string) string { return v.text(id, v.value) }

// H is a message as HTML.
func (v *letterView) H(id string) template.HTML { return v.html(id, v.value) }

// Link is the link of the letter if it is http or https, else "".
func (v *letterView) Link() template.URL {
	if !strings.HasPrefix(v.Letter.Link, "https://") && !strings.HasPrefix(v.Letter.Link, "http://") {
		return ""
	}
	return safeLink(v.Letter.Link)
}

func (v *letterView) value(name string) any {
	switch name {
	case "product":
		return v.Product
	case "code":
		return v.Code
	case "email":
		return v.Letter.To
	case "duration":
		if v.Letter.Lifetime > 0 {
			return v.Letter.Lifetime
		}
	case "organization":
		if v.Letter.Organization != "" {
			return v.Letter.Organization
		}
	case "thing":
		return v.thing(v.Letter.Thing)
	}
	return nil
}
