package webpage

import (
	"slices"
	"strings"
)

// Page is one document as it is seen.
type Page struct {
	Title string
	// Lang is the language the document says it is in.
	Lang string
	// ID is the id of its body.
	ID string
	// Texts are headings and paragraphs in their order.
	Texts []Text
	// Links by id, or by address where they have none.
	Links []Link
	Forms []Form
}

// Text is one heading, paragraph or item of a list.
type Text struct {
	Element string // "h1", "p" …
	Class   string
	Words   string
}

// Link leads elsewhere.
type Link struct{ ID, Address, Words string }

// Form is one form with what a browser would send of it.
type Form struct {
	ID, Method, Action string
	Fields             []Field
}

// Field is an input or a button of a form.
type Field struct {
	Name, Type, Value string
	Checked           bool
	// Words label a button.
	Words string
}

// Form finds a form by its id, or by the name of one of its fields or buttons.
func (p *Page) Form(name string) (Form, bool) {
	at := slices.IndexFunc(p.Forms, func(f Form) bool { return f.ID == name })
	if at < 0 {
		at = slices.IndexFunc(p.Forms, func(f Form) bool { return f.Has(name) })
	}
	if at < 0 {
		return Form{}, false
	}
	return p.Forms[at], true
}

// Link finds a link by its id.
func (p *Page) Link(id string) (Link, bool) {
	at := slices.IndexFunc(p.Links, func(l Link) bool { return l.ID == id })
	if at < 0 {
		return Link{}, false
	}
	return p.Links[at], true
}

// Says tells whether the words stand anywhere among the page's texts.
func (p *Page) Says(words string) bool {
	return slices.ContainsFunc(p.Texts, func(t Text) bool { return strings.Contains(t.Words, words) })
}

// Heading is the words of the first h1.
func (p *Page) Heading() string {
	for _, t := range p.Texts {
		if t.Element == "h1" {
			return t.Words
		}
	}
	return ""
}

// Has says whether the form has a field or a button of this name.
func (f Form) Has(name string) bool {
	return slices.ContainsFunc(f.Fields, func(i Field) bool { return i.Name == name })
}

// Value is what the field of this name holds.
func (f Form) Value(name string) string {
	for _, i := range f.Fields {
		if i.Name == name {
			return i.Value
		}
	}
	return ""
}
