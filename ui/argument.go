package ui

import (
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// writeArgument writes one argument of a message. What it is follows from its
// type and, for texts, from its name: hosts and addresses stay left to right,
// names are cleaned, everything is isolated from the sentence around it.
func (s speaker) writeArgument(b *strings.Builder, name string, v any, markup bool) {
	switch x := v.(type) {
	case template.HTML:
		if markup {
			b.WriteString(string(x))
		}
		return
	case plainText:
		writeText(b, string(x), markup, true)
		return
	case nil:
		word := s.text("word."+name, noValues)
		if b.Len() == 0 { // “Your organisation has stopped it”
			word = capital(word)
		}
		v = word
	case time.Duration:
		v = s.duration(x)
	case int, int64, float64:
		if name == "duration" {
			v = s.duration(time.Duration(number(x)) * time.Second)
		} else {
			v = strconv.Itoa(number(x))
		}
	}
	text, _ := v.(string)
	switch {
	case name == "host" && markup:
		b.WriteString(string(hostHTML(text)))
	case name == "host":
		b.WriteString(cleanHost(text))
	case name == "email" && markup:
		b.WriteString(`<bdi dir="ltr">` + html.EscapeString(cleanEmail(text)) + `</bdi>`)
	case name == "email":
		b.WriteString(cleanEmail(text))
	case name == "code" || name == "scope":
		writeText(b, cut(stripHidden(text), 120), markup, true)
	default:
		_, given := v.(string)
		writeText(b, CleanName(text), markup, given && isName(name))
	}
}

// capital begins a sentence.
func capital(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	if size == 0 {
		return word
	}
	return string(unicode.ToUpper(r)) + word[size:]
}

func noValues(string) any { return nil }

// isName tells arguments that somebody else chose from words of our own.
func isName(arg string) bool {
	switch arg {
	case "duration", "n", "thing":
		return false
	}
	return true
}

func writeText(b *strings.Builder, s string, markup, isolate bool) {
	if !markup {
		b.WriteString(s)
		return
	}
	if isolate {
		b.WriteString("<bdi>")
	}
	b.WriteString(html.EscapeString(s))
	if isolate {
		b.WriteString("</bdi>")
	}
}

// duration says d in words, in the largest unit that loses nothing, rounded up
// to whole seconds, then minutes.
func (s speaker) duration(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	unit, n := "duration.seconds", max(seconds, 1)
	if seconds >= 60 {
		unit, n = "duration.minutes", (seconds+59)/60
	}
	if unit == "duration.minutes" && n%60 == 0 {
		unit, n = "duration.hours", n/60
	}
	if unit == "duration.hours" && n%24 == 0 {
		unit, n = "duration.days", n/24
	}
	return s.text(unit, func(string) any { return n })
}
