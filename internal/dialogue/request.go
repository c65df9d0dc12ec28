package dialogue

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// request is one section that asks, before its words are replaced.
type request struct {
	who            string // of the browser; empty for a program
	clock          time.Duration
	method, target string
	query          []string // "name=value", values not encoded yet
	header         [][2]string
	body           []string
	follow         bool   // where the provider sends the browser
	press          string // the button of a form, "name=value"
	captures       []capture
}

// capture keeps a part of the answer under a name.
type capture struct{ name, from string }

func parseRequest(s section) (request, error) {
	r := request{}
	if first, _, _ := strings.Cut(s.name, " "); first != "" && unicode.IsUpper([]rune(first)[0]) {
		r.who = first
	}
	lines := strings.Split(strings.TrimRight(s.text, "\n"), "\n")
	inBody := false
	for n, line := range lines {
		if err := r.line(line, &inBody); err != nil {
			return r, fmt.Errorf("%s, line %d: %w", s.name, n+1, err)
		}
	}
	if r.method == "" {
		return r, fmt.Errorf("%s: no request", s.name)
	}
	if r.method == "FORM" && r.who == "" {
		return r, fmt.Errorf("%s: only a browser fills in forms; begin the section with a name", s.name)
	}
	return r, nil
}

func (r *request) line(line string, inBody *bool) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case word == "capture":
		name, from, ok := strings.Cut(rest, " = ")
		if !ok {
			return fmt.Errorf("capture needs “name = where”")
		}
		r.captures = append(r.captures, capture{strings.TrimSpace(name), strings.TrimSpace(from)})
	case word == "press" && r.method == "FORM":
		r.press = rest
	case word == "clock" && r.method == "":
		d, err := time.ParseDuration(strings.TrimPrefix(rest, "+"))
		r.clock = d
		return err
	case r.method == "":
		r.method, r.target = word, rest
		if word == "OPEN" {
			r.method, r.follow = "GET", true
		}
		if path, query, has := strings.Cut(rest, "?"); has {
			r.target, r.query = path, strings.Split(query, "&")
		}
	case *inBody:
		r.body = append(r.body, line)
	case line == "":
		*inBody = true
	case strings.HasPrefix(strings.TrimSpace(line), "?"), strings.HasPrefix(strings.TrimSpace(line), "&"):
		r.query = append(r.query, strings.TrimSpace(line)[1:])
	default:
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return fmt.Errorf("neither a header, a parameter nor a field: %q", line)
		}
		r.header = append(r.header, [2]string{name, value})
	}
	return nil
}

// encode replaces words in fields and encodes them in their order. A field
// without "=" is sent as it stands.
func encode(fields []string, words words) (string, error) {
	var parts []string
	for _, f := range fields {
		f, err := words.replace(f)
		if err != nil {
			return "", err
		}
		if f == "" {
			continue
		}
		if name, value, ok := strings.Cut(f, "="); ok {
			f = url.QueryEscape(name) + "=" + url.QueryEscape(value)
		}
		parts = append(parts, f)
	}
	return strings.Join(parts, "&"), nil
}

// build makes the request as it is sent to the origin.
func (r request) build(origin string, words words) (*http.Request, error) {
	target, err := words.replace(r.target)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(target, "/") {
		target = origin + target
	}
	query, err := encode(r.query, words)
	if err != nil {
		return nil, err
	}
	if query != "" {
		target += "?" + query
	}
	header := http.Header{}
	for _, h := range r.header {
		value, err := words.replace(h[1])
		if err != nil {
			return nil, err
		}
		header.Add(h[0], value)
	}
	body, err := r.encodeBody(header, words)
	if err != nil {
		return nil, err
	}
	sent, err := http.NewRequest(r.method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	sent.Header = header
	return sent, nil
}

func (r request) encodeBody(header http.Header, words words) (string, error) {
	if header.Get("Content-Type") != "" {
		return words.replace(strings.Join(r.body, "\n"))
	}
	if len(r.body) > 0 {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return encode(r.body, words)
}
