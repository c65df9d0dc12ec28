package dialogue

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/keywright/keywright/internal/webpage"
)

// The headers that a dialogue shows, in this order.
var shown = []string{
	"Location", "WWW-Authenticate", "Allow", "Retry-After", "Access-Control-Allow-Origin", "Set-Cookie", "Cache-Control", "Content-Type",
}

// answer is what came back, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	page   webpage.Page // of an HTML body
}

func (a answer) isHTML() bool { return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") }
func (a answer) isJSON() bool { return strings.Contains(a.header.Get("Content-Type"), "json") }

// render writes an answer for people, before it is masked.
func (a answer) render() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", a.status, http.StatusText(a.status))
	for _, name := range shown {
		for _, value := range a.header.Values(name) {
			if name == "Location" {
				value = splitQuery(value)
			}
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
	case a.isHTML():
		b.WriteString("\n" + renderPage(a.page))
	case a.isJSON():
		b.WriteString("\n" + a.renderJSON())
	default:
		b.WriteString("\n" + strings.TrimSpace(string(a.body)) + "\n")
	}
	return b.String()
}

// splitQuery puts each parameter on a line of its own, as requests have them.
func splitQuery(address string) string {
	base, query, has := strings.Cut(address, "?")
	if !has {
		return address
	}
	return base + "\n  ?" + strings.ReplaceAll(query, "&", "\n  &")
}

func (a answer) renderJSON() string {
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(a.body), "", "  ") != nil {
		return "(not JSON) " + string(a.body)
	}
	b.WriteByte('\n')
	var members map[string]any
	_ = json.Unmarshal(a.body, &members) // an array carries no tokens
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		token, _ := members[name].(string)
		if head, claims, ok := openJWT(token); ok {
			fmt.Fprintf(&b, "\n%s is %s with\n", name, head)
			_ = json.Indent(&b, claims, "", "  ") // openJWT has parsed it
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// openJWT reads a compact JWS without believing it.
func openJWT(token string) (head string, claims []byte, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", nil, false
	}
	first, err1 := base64.RawURLEncoding.DecodeString(parts[0])
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	return string(first), claims, err1 == nil && err2 == nil && json.Valid(first) && json.Valid(claims)
}

// renderPage writes a page as its title, its words, its forms and links.
func renderPage(p webpage.Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", p.ID, p.Title)
	for _, t := range p.Texts {
		if t.Element == "label" {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", t.Element, t.Words)
	}
	for _, f := range p.Forms {
		fmt.Fprintf(&b, "form %s: %s %s\n", f.ID, f.Method, f.Action)
		for _, i := range f.Fields {
			switch i.Type {
			case "submit":
				fmt.Fprintf(&b, "  button %s\n", strings.TrimSpace(i.Words+" "+pair(i.Name, i.Value)))
			case "hidden":
				fmt.Fprintf(&b, "  hidden %s\n", i.Name)
			default:
				fmt.Fprintf(&b, "  %s %s\n", i.Type, pair(i.Name, i.Value))
			}
		}
	}
	for _, l := range p.Links {
		if l.ID != "" {
			fmt.Fprintf(&b, "link %s: %s\n", l.ID, l.Address)
		}
	}
	return b.String()
}

func pair(name, value string) string {
	if value == "" {
		return name
	}
	return name + "=" + value
}
