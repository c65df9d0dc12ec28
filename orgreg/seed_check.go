package orgreg

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// organization is a seed, checked.
type organization struct {
	core.Organization
	domains     []string
	connections []connection
}

// connection is a seed, checked, with its secrets in the open.
type connection struct {
	core.Connection
	secrets []byte
}

// checked is all of the seeds.
type checked struct {
	organizations []organization
	connections   []connection
}

// problems collects everything that is wrong.
type problems struct {
	about string
	found []error
}

// add says what is wrong with a field, and after the colon how to mend it.
func (p *problems) add(field, format string, args ...any) {
	p.found = append(p.found, fmt.Errorf("%s: %s %s", p.about, field, fmt.Sprintf(format, args...)))
}

// check turns the seeds into what is stored, or says all that is wrong.
func (s Seeds) check(folder string) (checked, error) {
	p, out := &problems{}, checked{}
	names, owners := map[string]bool{}, map[string]string{}
	for n, seed := range s.Organizations {
		p.about = fmt.Sprintf("organization %q", seed.Name)
		if seed.Name == "" {
			p.about = fmt.Sprintf("organization number %d", n+1)
		}
		checkName(p, seed.Name, names)
		out.organizations = append(out.organizations, seed.check(p, folder, owners))
	}
	out.connections = checkConnections(p, "", s.Connections, folder)
	return out, errors.Join(p.found...)
}

func checkName(p *problems, name string, seen map[string]bool) {
	switch {
	case name == "":
		p.add("name", "is missing: choose one")
	case len(name) > core.MaxName:
		p.add("name", "is longer than %d bytes: choose a shorter one", core.MaxName)
	case strings.ContainsFunc(name, func(r rune) bool { return r <= 0x20 || r > 0x7e || r == '/' }):
		p.add("name", "holds something else than printable ASCII without spaces and slashes: choose another")
	case seen[name]:
		p.add("name", "is there twice: keep one")
	}
	seen[name] = true
}

func (s *Organization) check(p *problems, folder string, owners map[string]string) organization {
	about := p.about
	o := organization{Organization: core.Organization{Name: s.Name}}
	o.DisplayName, o.RequireConnection = s.DisplayName, s.RequireConnection
	if o.DisplayName == "" {
		o.DisplayName = s.Name
	}
	for n, d := range s.Domains {
		domain, err := mailaddress.Domain(d)
		switch {
		case err != nil:
			p.add(fmt.Sprintf("domains[%d]", n), "is no domain as in the DNS: write one such as corp.example, other letters in their xn-- form")
		case owners[domain] != "":
			p.add(fmt.Sprintf("domains[%d]", n), "is there twice: a domain has one owner")
		}
		owners[domain] = about
		o.domains = append(o.domains, domain)
	}
	if s.RequireConnection && len(s.Connections) == 0 {
		p.add("require_connection", "is set, but connections is empty, so nobody could sign in: add one")
	}
	o.connections = checkConnections(p, s.Name, s.Connections, folder)
	p.about = about
	return o
}

func checkConnections(p *problems, of string, all []Connection, folder string) []connection {
	about, seen := p.about, map[string]bool{}
	if of == "" {
		about = "connections of everybody"
	}
	var out []connection
	for n, s := range all {
		p.about = fmt.Sprintf("%s, connection %q", about, s.Name)
		if s.Name == "" {
			p.about = fmt.Sprintf("%s, connection number %d", about, n+1)
		}
		checkName(p, s.Name, seen)
		out = append(out, s.check(p, of, folder))
	}
	if len(all) > core.MaxConnections {
		p.about = about
		p.add("connections", "are more than %d: only so many can be offered", core.MaxConnections)
	}
	return out
}

func (s *Connection) check(p *problems, of, folder string) connection {
	c := connection{Connection: core.Connection{ID: ConnectionID(of, s.Name), Kind: s.Kind}}
	c.Label, c.JustInTime, c.Roles = s.Label, s.JustInTime, slices.Clone(s.Roles)
	if c.Label == "" {
		c.Label = s.Name
	}
	if s.Kind == "" || len(s.Kind) > core.MaxKind {
		p.add("kind", "is missing or longer than %d bytes: write the method of an authenticator, such as upstream or saml", core.MaxKind)
	}
	if len(s.Roles) > 0 && (of == "" || !s.JustInTime) {
		p.add("roles", "are for members that the connection makes: set just_in_time, on a connection of an organization")
	}
	if len(s.Settings) > 0 {
		var err error
		if c.Settings, err = json.Marshal(s.Settings); err != nil {
			p.add("settings", "cannot be written as JSON: use texts, numbers, lists and names that are texts")
		}
	}
	if len(s.Secrets) > 0 {
		resolved, err := resolve(map[string]any(s.Secrets), folder)
		if err == nil {
			c.secrets, err = json.Marshal(resolved)
		}
		if err != nil {
			p.add("secrets", "%s", discreet(err))
		}
	}
	return c
}

// ConnectionID is the id of a seeded connection, by the name of its organization,
// or empty for one of the tenant itself, and its own name. It is always the same,
// so that other settings can name the connection: core.TrustedPeople.Connection.
func ConnectionID(of, name string) (id core.ID) {
	sum := sha256.Sum256([]byte("keywright seeded connection\x00" + of + "\x00" + name))
	copy(id[:], sum[:])
	return id
}

// maxSecretFile bounds what is read for one secret, in bytes.
const maxSecretFile = 64 << 10

// resolve puts what is kept elsewhere in the place of what names it.
func resolve(v any, folder string) (any, error) {
	switch v := v.(type) {
	case Secrets: // what the YAML library makes of a map within one
		return resolve(map[string]any(v), folder)
	case map[string]any:
		if text, ok, err := kept(v, folder); ok {
			return text, err
		}
		out := map[string]any{}
		for name, inner := range v {
			var err error
			if out[name], err = resolve(inner, folder); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for n, inner := range v {
			var err error
			if out[n], err = resolve(inner, folder); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// kept reads a secret that is kept in the environment or in a file.
func kept(v map[string]any, folder string) (text string, ok bool, err error) {
	if len(v) != 1 {
		return "", false, nil
	}
	if name, is := v["env"].(string); is {
		text, set := os.LookupEnv(name)
		if !set {
			return "", true, errors.New("names an environment variable that is not set: set " + name)
		}
		return text, true, nil
	}
	path, is := v["file"].(string)
	if !is {
		return "", false, nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	b, err := readAtMost(path, maxSecretFile)
	if err != nil {
		return "", true, fmt.Errorf("name a file that cannot be read: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), true, nil
}

func discreet(err error) string {
	var unsupported *json.UnsupportedTypeError
	if errors.As(err, &unsupported) {
		return "cannot be written as JSON: use texts, lists and names that are texts"
	}
	return err.Error()
}
