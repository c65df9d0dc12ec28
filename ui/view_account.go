package ui

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Shell says that the page is a place to stay in, not a step to pass through.
func (v *view) Shell() bool { return v.Page.Name == core.PageAccount || v.Page.Name == core.PageApps }

// thing is what the account page draws of one Item.
type thing struct {
	Kind, Key, Icon, Label, Detail string
	Since, Used                    string
	Count                          string
	Current, Last                  bool
	acts                           []string
	// Name tells one button of several from another.
	Name string
	// Change names the authenticator that changes it.
	Change string
}

// Can says whether something can be done with it.
func (t thing) Can(act string) bool {
	for _, a := range t.acts {
		if a == act {
			return true
		}
	}
	return false
}

// Things are the sessions of the account, or what it signs in by.
func (v *view) Things(kind string) []thing {
	var all []thing
	for _, i := range v.Page.Items {
		if (i.Kind == "session") != (kind == "session") {
			continue
		}
		all = append(all, v.describe(i))
	}
	return all
}

// describe says of one item what it is, in the words of its kind.
func (v *view) describe(i core.Item) thing {
	word := v.kind(i.Kind)
	t := thing{Kind: word, Key: i.Key, Icon: iconOf(i.Kind), Label: CleanName(i.Label), Detail: CleanName(i.Detail), Current: i.Current, Last: i.Last, acts: i.Acts}
	if t.Label == "" {
		t.Label, t.Kind = word, ""
	}
	t.Name, t.Change = t.Label, i.Kind
	if i.Count > 0 {
		t.Count = v.text("account.count", func(string) any { return i.Count })
	}
	t.Since, t.Used = v.ago("account.added", i.Since), v.ago("account.used", i.UsedAt)
	return t
}

// kind is the word for a way to sign in: "passkey", "upstream:google".
func (v *view) kind(kind string) string {
	first, rest, _ := strings.Cut(kind, ":")
	if _, ok := v.messages["kind."+first]; !ok {
		first = "other"
	}
	word := v.T("kind." + first)
	if rest = CleanName(rest); rest != "" {
		word += " (" + rest + ")"
	}
	return word
}

func iconOf(kind string) string {
	first, _, _ := strings.Cut(kind, ":")
	switch first {
	case "passkey", "password", "totp", "session", "emailcode":
		return first
	case "recoverycode":
		return "list"
	case "saml":
		return "company"
	}
	return "globe"
}

// ago says how long before the page was drawn something was, in one unit.
func (v *view) ago(id string, at time.Time) string {
	now, ok := v.Page.Args["at"].(time.Time)
	if !ok || at.IsZero() {
		return ""
	}
	d := now.Sub(at)
	switch {
	case d < time.Minute:
		return v.T(id + "_now")
	case d >= 48*time.Hour:
		d = d.Truncate(24 * time.Hour)
	case d >= 2*time.Hour:
		d = d.Truncate(time.Hour)
	default:
		d = d.Truncate(time.Minute)
	}
	return v.text(id, func(string) any { return d })
}

// Addable are the ways that can be set up.
func (v *view) Addable() []way {
	var ways []way
	for _, w := range v.Page.Ways {
		one := way{Method: w.Method}
		if again := "add_again." + w.Method; v.has(w.Method) && v.knows(again) {
			one.Label = v.H(again) // there is one of it: the new one takes its place
		} else if _, ok := v.messages["add."+w.Method]; ok {
			one.Label = v.H("add." + w.Method)
		} else {
			_, name, found := strings.Cut(w.Method, ":")
			if !found {
				name = w.Method
			}
			if w.Label != "" && !strings.HasPrefix(w.Label, "add.") {
				name = w.Label
			}
			one.Label = v.html("add.other", func(string) any { return name })
		}
		ways = append(ways, one)
	}
	return ways
}

// Act is the act that PageAct asks about.
func (v *view) Act() string {
	act, _ := v.Page.Args["act"].(string)
	return act
}

// Lost says that the account could not sign in any more afterwards.
func (v *view) Lost() bool {
	for _, i := range v.Page.Items {
		if i.Last {
			return true
		}
	}
	return false
}

// ActText is a message of this act: "title", "text", "button". What is kept on a
// device, or at another service, is to be deleted there too.
func (v *view) ActText(part string) template.HTML {
	id := "act." + v.Act() + "." + part
	if here := id + "_here"; v.knows(here) && (v.has("password") || v.has("recoverycode")) {
		id = here
	}
	return v.H(id)
}

func (v *view) knows(id string) bool { _, ok := v.messages[id]; return ok }

// has says whether something of this kind is among what the page lists.
func (v *view) has(kind string) bool {
	return slices.ContainsFunc(v.Page.Items, func(i core.Item) bool { return i.Kind == kind })
}

// Others says whether the account is signed in anywhere else.
func (v *view) Others() bool { return len(v.Things("session")) > 1 }

// Terms is the address of the terms, "" if none are asked for.
func (v *view) Terms() template.URL {
	s, _ := v.Page.Args["terms"].(string)
	return outsideLink(s)
}
