package ui

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A message is a parsed text: literal parts, arguments ("{host}") and plurals
// ("{n, plural, one {One try} other {# tries}}"). Braces have no other meaning
// and there is no markup: all literal text is escaped.
type message []part

type part struct {
	text  string             // literal, if arg is empty
	arg   string             // name of an argument; "#" is the number of the plural around it
	cases map[string]message // plural cases by CLDR category or "=1"
}

// parseMessage reads the syntax described at message.
func parseMessage(s string) (message, error) {
	p := messageParser{rest: s}
	m, err := p.message(false)
	if err != nil {
		return nil, fmt.Errorf("message %q: %w", s, err)
	}
	return m, nil
}

type messageParser struct {
	rest  string
	depth int
}

func (p *messageParser) message(inPlural bool) (message, error) {
	var m message
	for p.rest != "" {
		stop := "{}"
		if inPlural {
			stop = "{}#"
		}
		i := strings.IndexAny(p.rest, stop)
		if i < 0 {
			i = len(p.rest)
		}
		if i > 0 {
			m = append(m, part{text: p.rest[:i]})
			p.rest = p.rest[i:]
			continue
		}
		switch p.rest[0] {
		case '#':
			m = append(m, part{arg: "#"})
			p.rest = p.rest[1:]
		case '}':
			if !inPlural {
				return nil, errors.New("a } without a {")
			}
			return m, nil
		default:
			one, err := p.argument()
			if err != nil {
				return nil, err
			}
			m = append(m, one)
		}
	}
	if inPlural {
		return nil, errors.New("a plural that does not end")
	}
	return m, nil
}

// argument reads from "{" to its "}".
func (p *messageParser) argument() (part, error) {
	p.rest = p.rest[1:]
	end := strings.IndexAny(p.rest, ",}{")
	if end < 0 || p.rest[end] == '{' {
		return part{}, errors.New("an argument that does not end")
	}
	name := strings.TrimSpace(p.rest[:end])
	if !validArgument(name) {
		return part{}, fmt.Errorf("argument name %q", name)
	}
	closed := p.rest[end] == '}'
	p.rest = p.rest[end+1:]
	if closed {
		return part{arg: name}, nil
	}
	return p.plural(name)
}

func (p *messageParser) plural(name string) (part, error) {
	kind, rest, ok := strings.Cut(p.rest, ",")
	if !ok || strings.TrimSpace(kind) != "plural" {
		return part{}, fmt.Errorf("argument %q: only plural is known", name)
	}
	if p.depth++; p.depth > 3 {
		return part{}, errors.New("plurals too deep")
	}
	p.rest = rest
	cases := map[string]message{}
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\n")
		if strings.HasPrefix(p.rest, "}") {
			break
		}
		key, rest, ok := strings.Cut(p.rest, "{")
		if !ok {
			return part{}, errors.New("a plural that does not end")
		}
		p.rest = rest
		m, err := p.message(true)
		if err != nil {
			return part{}, err
		}
		p.rest = strings.TrimPrefix(p.rest, "}")
		cases[strings.TrimSpace(key)] = m
	}
	if cases["other"] == nil {
		return part{}, fmt.Errorf("plural of %q has no other", name)
	}
	p.depth--
	p.rest = p.rest[1:]
	return part{arg: name, cases: cases}, nil
}

func validArgument(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && r != '_' {
			return false
		}
	}
	return name != ""
}

// arguments lists the names that m uses.
func (m message) arguments(into map[string]bool) {
	for _, p := range m {
		if p.arg != "" && p.arg != "#" {
			into[p.arg] = true
		}
		for _, c := range p.cases {
			c.arguments(into)
		}
	}
}

// values answers an argument of a message by name; nil is unknown.
type values func(name string) any

// speaker writes messages in one language.
type speaker struct {
	*locale
	brand map[string]map[string]string // core.Brand.Texts
}

// text writes a message as plain text.
func (s speaker) text(id string, v values) string {
	m := s.find(id)
	if len(m) == 1 && m[0].arg == "" {
		return m[0].text
	}
	var b strings.Builder
	s.write(&b, m, v, false, 0)
	return b.String()
}

// html writes a message as HTML; arguments are escaped and isolated.
func (s speaker) html(id string, v values) template.HTML {
	var b strings.Builder
	s.write(&b, s.find(id), v, true, 0)
	return template.HTML(b.String()) // #nosec G203 -- literals and arguments were escaped by write
}

func (s speaker) write(b *strings.Builder, m message, v values, markup bool, n int) {
	for _, p := range m {
		switch {
		case p.arg == "" && markup:
			b.WriteString(html.EscapeString(p.text))
		case p.arg == "":
			b.WriteString(p.text)
		case p.arg == "#":
			b.WriteString(strconv.Itoa(n))
		case p.cases != nil:
			count := number(v(p.arg))
			s.write(b, p.choose(s.tag, count), v, markup, count)
		default:
			s.writeArgument(b, p.arg, v(p.arg), markup)
		}
	}
}

// choose picks a plural case: an exact one, then the CLDR category of n.
func (p part) choose(tag language.Tag, n int) message {
	if m := p.cases["="+strconv.Itoa(n)]; m != nil {
		return m
	}
	if m := p.cases[pluralName(plural.Cardinal.MatchPlural(tag, abs(n), 0, 0, 0, 0))]; m != nil {
		return m
	}
	return p.cases["other"]
}

func pluralName(f plural.Form) string {
	return [...]string{plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}[f]
}

func abs(n int) int { return max(n, -n) }

func number(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case int64:
		return int(n)
	case float64:
		return int(n)
	case string:
		i, _ := strconv.Atoi(n)
		return i
	}
	return 0
}
