package ui

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

//go:embed messages
var defaultMessages embed.FS

// locale is one language with every message in it: its own texts, then those
// of the language without its region, then English.
type locale struct {
	name     string // the tag as written in the file name
	tag      language.Tag
	dir      string // "ltr" or "rtl"
	messages map[string]message
}

// find returns a message. An id that nobody has is shown as itself, so that it
// is noticed in development and stays inert.
func (l *locale) find(id string) message {
	if m, ok := l.messages[id]; ok {
		return m
	}
	return message{{text: id}}
}

// find looks for a text of the brand first.
func (s speaker) find(id string) message {
	if s.brand != nil {
		if text, ok := brandText(s.brand[id], s.locale); ok {
			if m, err := parseMessage(text); err == nil {
				return m
			}
		}
	}
	return s.locale.find(id)
}

func brandText(texts map[string]string, l *locale) (string, bool) {
	for _, key := range [...]string{l.name, base(l.name), ""} {
		if t, ok := texts[key]; ok {
			return t, true
		}
	}
	return "", false
}

func base(tag string) string {
	b, _, _ := strings.Cut(tag, "-")
	return b
}

// loadCatalogues reads our messages and lays the operator's over them.
// It returns every language by tag, and what it found wanting.
func loadCatalogues(overlay fs.FS) (map[string]*locale, []string, error) {
	texts := map[string]map[string]string{}
	ours, err := fs.Sub(defaultMessages, "messages")
	if err != nil {
		return nil, nil, err
	}
	if err := readTexts(ours, texts, nil); err != nil {
		return nil, nil, err
	}
	var findings []string
	if overlay != nil {
		known := func(file, id string) {
			if _, ok := texts["en"][id]; !ok {
				findings = append(findings, fmt.Sprintf("%s: no page uses message %q", file, id))
			}
		}
		if err := readTexts(overlay, texts, known); err != nil {
			return nil, nil, err
		}
	}
	locales := map[string]*locale{}
	var problems []error
	for _, name := range sortedKeys(texts) {
		l, lacks, err := newLocale(name, texts)
		locales[name], findings = l, append(findings, lacks...)
		problems = append(problems, err)
	}
	return locales, findings, errors.Join(problems...)
}

func readTexts(from fs.FS, into map[string]map[string]string, each func(file, id string)) error {
	files, err := fs.Glob(from, "*.json")
	if err != nil {
		return err
	}
	for _, file := range files {
		raw, err := fs.ReadFile(from, file)
		if err != nil {
			return err
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			return fmt.Errorf("messages %s: %w", file, err)
		}
		name := strings.TrimSuffix(path.Base(file), ".json")
		if into[name] == nil {
			into[name] = map[string]string{}
		}
		for _, id := range sortedKeys(texts) {
			if each != nil {
				each(file, id)
			}
			into[name][id] = texts[id]
		}
	}
	return nil
}

// newLocale parses one language over its fallbacks.
func newLocale(name string, texts map[string]map[string]string) (*locale, []string, error) {
	tag, err := language.Parse(name)
	if err != nil {
		return nil, nil, fmt.Errorf("messages %s.json: not a language tag: %w", name, err)
	}
	l := &locale{name: name, tag: tag, dir: direction(tag), messages: map[string]message{}}
	var findings []string
	var problems []error
	for _, from := range [...]string{"en", base(name), name} {
		for _, id := range sortedKeys(texts[from]) {
			m, err := parseMessage(texts[from][id])
			if err != nil {
				problems = append(problems, fmt.Errorf("messages %s.json: %s: %w", from, id, err))
				continue
			}
			l.messages[id] = m
		}
	}
	for _, id := range sortedKeys(texts["en"]) {
		_, own := texts[name][id]
		if _, near := texts[base(name)][id]; !own && !near {
			findings = append(findings, fmt.Sprintf("messages %s.json: %q is missing, English is shown", name, id))
		}
	}
	return l, append(findings, unknownArguments(name, texts)...), errors.Join(problems...)
}

// unknownArguments finds texts that use an argument which English does not.
func unknownArguments(name string, texts map[string]map[string]string) []string {
	var findings []string
	for _, id := range sortedKeys(texts[name]) {
		english, ok := texts["en"][id]
		if !ok {
			continue
		}
		have, want := map[string]bool{}, map[string]bool{}
		if m, err := parseMessage(english); err == nil {
			m.arguments(have)
		}
		if m, err := parseMessage(texts[name][id]); err == nil {
			m.arguments(want)
		}
		for _, arg := range sortedKeys(want) {
			if !have[arg] {
				findings = append(findings, fmt.Sprintf("messages %s.json: %q uses {%s}, which may be empty there", name, id, arg))
			}
		}
	}
	return findings
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
