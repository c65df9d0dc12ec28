package ui

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	text "text/template"
)

//go:embed templates
var defaultTemplates embed.FS

// templates are all parsed once; a page is one tree with the partials in it.
type templates struct {
	pages    map[string]*template.Template
	letters  map[string]letterTemplate
	replaced []string // files of the overlay, sorted
}

type letterTemplate struct {
	html *template.Template
	text *text.Template
}

// layers finds a file in the overlay first, then among ours.
type layers []fs.FS

func (l layers) read(name string) (string, error) {
	for _, layer := range l {
		raw, err := fs.ReadFile(layer, name)
		if err == nil {
			return string(raw), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("template %s: %w", name, fs.ErrNotExist)
}

func (l layers) list(pattern string) []string {
	var names []string
	for _, layer := range l {
		found, _ := fs.Glob(layer, pattern) // the patterns are constants
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func parseTemplates(overlay fs.FS) (templates, error) {
	ours, err := fs.Sub(defaultTemplates, "templates")
	if err != nil {
		return templates{}, err
	}
	from := layers{ours}
	t := templates{pages: map[string]*template.Template{}, letters: map[string]letterTemplate{}}
	if overlay != nil {
		from = layers{overlay, ours}
		for _, pattern := range [...]string{"pages/*.html", "partials/*.html", "mail/*.*"} {
			t.replaced = append(t.replaced, layers{overlay}.list(pattern)...)
		}
	}
	shared, err := parsePartials(from)
	if err != nil {
		return t, err
	}
	var problems []error
	for _, file := range from.list("pages/*.html") {
		page, err := parsePage(shared, from, file)
		problems = append(problems, err)
		t.pages[templateName(file)] = page
	}
	for _, file := range from.list("mail/*.html") {
		if name := templateName(file); name != "layout" {
			letter, err := parseLetter(from, name)
			problems = append(problems, err)
			t.letters[name] = letter
		}
	}
	return t, errors.Join(problems...)
}

func templateName(file string) string { return strings.TrimSuffix(path.Base(file), ".html") }

func parsePartials(from layers) (*template.Template, error) {
	shared := template.New("").Option("missingkey=zero")
	for _, file := range from.list("partials/*.html") {
		source, err := from.read(file)
		if err != nil {
			return nil, err
		}
		if _, err := shared.New(file).Parse(source); err != nil {
			return nil, err
		}
	}
	return shared, nil
}

// parsePage adds one page to the partials and has it escaped, so that a
// template which cannot be escaped is an error now and not at a sign-in.
func parsePage(shared *template.Template, from layers, file string) (*template.Template, error) {
	source, err := from.read(file)
	if err != nil {
		return nil, err
	}
	page, err := shared.Clone()
	if err != nil {
		return nil, err
	}
	if _, err := page.New(file).Parse(source); err != nil {
		return nil, err
	}
	layout := page.Lookup("layout")
	if layout == nil || page.Lookup("content") == nil {
		return nil, fmt.Errorf("template %s: defines no %q", file, "content")
	}
	return layout, nil
}

func parseLetter(from layers, name string) (letterTemplate, error) {
	var l letterTemplate
	frame, err := from.read("mail/layout.html")
	if err != nil {
		return l, err
	}
	body, err := from.read("mail/" + name + ".html")
	if err != nil {
		return l, err
	}
	plain, err := from.read("mail/" + name + ".txt")
	if err != nil {
		return l, err
	}
	if l.html, err = template.New("mail/layout.html").Parse(frame); err != nil {
		return l, err
	}
	if _, err = l.html.New("mail/" + name + ".html").Parse(body); err != nil {
		return l, err
	}
	l.text, err = text.New("mail/" + name + ".txt").Parse(plain)
	return l, err
}
