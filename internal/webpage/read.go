package webpage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limit is the most bytes of a document that Read looks at.
const limit = 1 << 20

// What is read as a text, and what of it is not: pictures are drawn, and a
// script is for browsers.
var (
	spoken = []string{"h1", "h2", "h3", "p", "li", "dt", "dd", "label", "td", "th"}
	silent = []string{"svg", "script", "style", "template"}
	alone  = append(slices.Clone(xml.HTMLAutoClose), "source", "wbr")
)

// Read reads one document. The error says where it is not well formed.
func Read(r io.Reader) (Page, error) {
	d := xml.NewDecoder(io.LimitReader(r, limit))
	d.Strict, d.AutoClose, d.Entity = false, alone, xml.HTMLEntity
	s := reader{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return s.page, nil
		}
		if err != nil {
			return s.page, fmt.Errorf("webpage: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			s.open(t)
		case xml.EndElement:
			s.close(strings.ToLower(t.Name.Local))
		case xml.CharData:
			s.say(string(t))
		}
	}
}

// reader is how far a document has been read.
type reader struct {
	page   Page
	hidden int // how many silent elements are open
	inForm bool
	parts  []*part // what is being listened to, innermost last
}

// part is an element whose words are collected.
type part struct {
	element string
	words   strings.Builder
	done    func(words string)
}

func (s *reader) open(e xml.StartElement) {
	name := strings.ToLower(e.Name.Local)
	a := attributes(e)
	switch {
	case s.hidden > 0 || slices.Contains(silent, name):
		if slices.Contains(silent, name) {
			s.hidden++
		}
	case name == "html":
		s.page.Lang = a["lang"]
	case name == "body":
		s.page.ID = a["id"]
	case name == "title":
		s.listen(name, func(w string) { s.page.Title = w })
	case name == "a":
		s.listen(name, func(w string) { s.page.Links = append(s.page.Links, Link{a["id"], a["href"], w}) })
	case name == "form":
		s.inForm = true
		s.page.Forms = append(s.page.Forms, Form{ID: a["id"], Method: strings.ToUpper(a["method"]), Action: a["action"]})
	case name == "input":
		_, checked := a["checked"]
		s.field(Field{Name: a["name"], Type: or(a["type"], "text"), Value: a["value"], Checked: checked})
	case name == "button":
		if kind := or(a["type"], "submit"); kind == "submit" {
			s.listen(name, func(w string) { s.field(Field{Name: a["name"], Type: kind, Value: a["value"], Words: w}) })
		}
	case slices.Contains(spoken, name):
		s.listen(name, func(w string) {
			if w != "" {
				s.page.Texts = append(s.page.Texts, Text{name, a["class"], w})
			}
		})
	}
}

func (s *reader) close(name string) {
	switch {
	case slices.Contains(silent, name):
		s.hidden = max(0, s.hidden-1)
	case name == "form":
		s.inForm = false
	}
	if last := len(s.parts) - 1; last >= 0 && s.parts[last].element == name {
		p := s.parts[last]
		s.parts = s.parts[:last]
		words := strings.Join(strings.Fields(p.words.String()), " ")
		p.done(words)
		s.say(" " + words + " ") // what is around it says it too
	}
}

func (s *reader) listen(element string, done func(string)) {
	s.parts = append(s.parts, &part{element: element, done: done})
}

func (s *reader) say(words string) {
	if last := len(s.parts) - 1; last >= 0 && s.hidden == 0 {
		s.parts[last].words.WriteString(words)
	}
}

func (s *reader) field(f Field) {
	if last := len(s.page.Forms) - 1; s.inForm && last >= 0 {
		s.page.Forms[last].Fields = append(s.page.Forms[last].Fields, f)
	}
}

func attributes(e xml.StartElement) map[string]string {
	all := map[string]string{}
	for _, a := range e.Attr {
		all[strings.ToLower(a.Name.Local)] = a.Value
	}
	return all
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
