package ui

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// Limits on what a request may ask about languages.
const (
	maxWishes    = 8
	maxTagLength = 35
)

// direction of writing of a language.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg", "Mand":
		return "rtl"
	}
	return "ltr"
}

// languages are those that pages can be drawn in, the default first.
type languages struct {
	all     []*locale
	byName  map[string]*locale
	matcher language.Matcher
}

func newLanguages(all map[string]*locale, first string, only []string) (languages, error) {
	if first == "" {
		first = "en"
	}
	if only == nil {
		only = sortedKeys(all)
	}
	names := []string{first}
	for _, name := range only {
		if name != first {
			names = append(names, name)
		}
	}
	l := languages{byName: map[string]*locale{}}
	tags := make([]language.Tag, 0, len(names))
	for _, name := range names {
		found := all[name]
		if found == nil {
			return l, fmt.Errorf("language %q has no catalogue: add %s.json to Options.Messages", name, name)
		}
		l.all = append(l.all, found)
		l.byName[name] = found
		tags = append(tags, found.tag)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// choose picks the language for wishes in their order. Garbled tags are passed
// over; only the first eight are read.
func (l languages) choose(wishes []string) *locale {
	if len(wishes) == 0 {
		return l.all[0]
	}
	if found := l.byName[wishes[0]]; found != nil {
		return found
	}
	var tags []language.Tag
	for _, wish := range wishes[:min(len(wishes), maxWishes)] {
		if len(wish) > maxTagLength {
			continue
		}
		if tag, err := language.Parse(strings.TrimSpace(wish)); err == nil {
			tags = append(tags, tag)
		}
	}
	_, at, confidence := l.matcher.Match(tags...)
	if confidence == language.No {
		return l.all[0]
	}
	return l.all[at]
}

func (l languages) names() []string {
	names := make([]string, len(l.all))
	for i, one := range l.all {
		names[i] = one.name
	}
	return names
}
