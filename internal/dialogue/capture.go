package dialogue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// take finds what a capture names in an answer.
func (a answer) take(from string) (string, error) {
	kind, name, _ := strings.Cut(from, " ")
	switch kind {
	case "location":
		return nonEmpty(a.header.Get("Location"), from)
	case "query":
		u, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			return "", err
		}
		return nonEmpty(u.Query().Get(name), from)
	case "header":
		return nonEmpty(a.header.Get(name), from)
	case "cookie":
		for _, c := range (&http.Response{Header: a.header}).Cookies() {
			if strings.Contains(c.Name, name) {
				return nonEmpty(c.Value, from)
			}
		}
	case "json":
		return a.member(name)
	case "claim":
		return a.claim(name)
	case "action":
		form, _ := a.page.Form(name)
		return nonEmpty(form.Action, from)
	case "field":
		form, _ := a.page.Form(name)
		return nonEmpty(form.Value(name), from)
	case "link":
		link, _ := a.page.Link(name)
		return nonEmpty(link.Address, from)
	}
	return "", fmt.Errorf("the answer has no %s", from)
}

// member reads a member of the JSON body; dots lead into objects.
func (a answer) member(path string) (string, error) { return lookUp(a.body, path) }

// claim reads "id_token sub": a claim of a JWT in the JSON body.
func (a answer) claim(path string) (string, error) {
	token, claim, _ := strings.Cut(path, " ")
	raw, err := a.member(token)
	if err != nil {
		return "", err
	}
	_, claims, ok := openJWT(raw)
	if !ok {
		return "", fmt.Errorf("%s is no JWT", token)
	}
	return lookUp(claims, claim)
}

func lookUp(raw []byte, path string) (string, error) {
	var at any
	if err := json.Unmarshal(raw, &at); err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	if s, ok := at.(string); ok {
		return nonEmpty(s, path)
	}
	if at == nil {
		return "", fmt.Errorf("the JSON has no %s", path)
	}
	b, err := json.Marshal(at)
	return string(b), err
}

func nonEmpty(value, from string) (string, error) {
	if value == "" {
		return "", fmt.Errorf("the answer has no %s", from)
	}
	return value, nil
}
