package ui

import (
	"html/template"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// fieldSpec says how one field of one page is asked for (ui.md section 9 holds
// the types and autocomplete words).
type fieldSpec struct {
	name, kind, autocomplete, inputmode string
	label, hint, class                  string
	optional                            bool
	custom                              *core.Field // the operator's, with its own words
}

// pageFields are the fields of each page in reading order. A problem of any
// other field stands above the form.
var pageFields = map[string][]fieldSpec{
	core.PageSignIn:   {{name: "identifier", kind: "email", autocomplete: "username webauthn", inputmode: "email"}},
	core.PagePassword: {{name: "password", kind: "password", autocomplete: "current-password"}},
	core.PageSignUp: {
		{name: "name", kind: "text", autocomplete: "name"},
		{name: "email", kind: "email", autocomplete: "username", inputmode: "email", hint: "hint.signup_email"},
		{name: "password", kind: "password", autocomplete: "new-password", hint: "hint.password"},
	},
	core.PageCode:  {{name: "code", kind: "text", autocomplete: "one-time-code", inputmode: "numeric", class: "code"}},
	core.PageReset: {{name: "email", kind: "email", autocomplete: "username", inputmode: "email"}},
	core.PageNewPassword: {
		{name: "current", kind: "password", autocomplete: "current-password"},
		{name: "password", kind: "password", autocomplete: "new-password", label: "field.password_new", hint: "hint.password"},
		{name: "end_sessions", kind: "checkbox", hint: "field.end_sessions.hint", optional: true},
	},
	"passkey_new": {{name: "label", kind: "text", autocomplete: "off", label: "field.passkey_label", hint: "hint.passkey_label", optional: true}},
	"passkey_signup": {
		{name: "name", kind: "text", autocomplete: "name"},
		{name: "email", kind: "email", autocomplete: "username", inputmode: "email", hint: "hint.signup_email"},
	},
	core.PageAct: {
		{name: "label", kind: "text", autocomplete: "off"},
		{name: "end_sessions", kind: "checkbox", label: "act.end_sessions", optional: true},
	},
	core.PageEmailChange: {
		{name: "email", kind: "email", autocomplete: "email", inputmode: "email", label: "field.email_new", hint: "hint.signup_email"},
		{name: "code", kind: "text", autocomplete: "one-time-code", inputmode: "numeric", class: "code", label: "field.code_new"},
		{name: "code_old", kind: "text", autocomplete: "off", inputmode: "numeric", class: "code"},
	},
	core.PageDevice: {{name: "user_code", kind: "text", autocomplete: "off", hint: "hint.user_code", class: "long code"}},
	core.PageDelete: {{name: "confirm", kind: "text", autocomplete: "off"}},
	core.PageTerms:  {{name: "terms", kind: "checkbox"}},
	"emailcode":     {{name: "email", kind: "email", autocomplete: "username", inputmode: "email"}},
	"totp":          {{name: "code", kind: "text", autocomplete: "one-time-code", inputmode: "numeric", label: "field.totp", class: "code"}},
	"totp_new":      {{name: "code", kind: "text", autocomplete: "one-time-code", inputmode: "numeric", label: "field.totp", class: "code"}},
	"recovery": {
		{name: "code", kind: "text", autocomplete: "off", label: "field.recovery", hint: "hint.recovery", class: "code long"},
	},
	"recovery_new": {{name: "kept", kind: "checkbox"}},
	core.PageConsent: {
		{name: "mine", kind: "checkbox", label: "consent.mine", hint: "consent.mine_hint"},
		{name: "remember", kind: "checkbox", label: "consent.remember", optional: true},
	},
}

// field is what the partial "field" draws.
type field struct {
	Name, Kind, Label, Hint, Class, Value, Autocomplete, Inputmode string
	Error                                                          template.HTML
	ErrorWord                                                      string
	Describedby                                                    string
	Required, Autofocus, Verbatim, Checked                         bool
	Choices                                                        []choice
	Aside                                                          template.URL
	AsideText                                                      string
}

// Field prepares one field of this page by name.
func (v *view) Field(name string) field {
	spec := fieldSpec{name: name, kind: "text"}
	for _, s := range v.fields {
		if s.name == name {
			spec = s
		}
	}
	f := field{Name: name, Kind: spec.kind, Class: spec.class, Autocomplete: spec.autocomplete, Inputmode: spec.inputmode, Required: !spec.optional}
	f.Label, f.Hint = v.fieldWords(spec)
	f.Value = stripHidden(v.Page.Values[name])
	if spec.custom != nil {
		v.customField(&f, spec.custom)
	}
	if spec.kind == "email" && v.Arg("usernames") {
		f.Kind = "text"
	}
	f.Verbatim = spec.inputmode == "email" || spec.class == "code long"
	if spec.kind == "password" || strings.HasPrefix(spec.class, "code") {
		f.Value = ""
	}
	if f.Hint != "" && spec.kind != "checkbox" {
		f.Describedby = name + "-hint"
	}
	if p, ok := v.problem(name); ok {
		f.Error, f.ErrorWord = v.problemText(p), v.T("problem.word")
		f.Describedby = joinIDs(f.Describedby, name+"-error")
	}
	f.Autofocus = v.first == name && !v.summary
	return f
}

// PasswordField is the password with the link for those who forgot it beside.
func (v *view) PasswordField() field {
	f := v.Field("password")
	f.Aside, f.AsideText = v.Link("reset"), v.T("password.forgot")
	return f
}

// Check prepares one box to tick. A box that may stay empty starts ticked.
func (v *view) Check(name string) field {
	f := v.Field(name)
	f.Checked = f.Checked || !f.Required
	return f
}

func (v *view) fieldWords(s fieldSpec) (label, hint string) {
	if s.custom != nil {
		return "", ""
	}
	id := s.label
	if id == "" {
		id = "field." + s.name
	}
	if s.name == "identifier" && v.Arg("usernames") {
		id = "field.identifier_any"
	}
	if s.name == "mine" && v.Local() {
		id = "consent.mine_local"
	}
	switch {
	case s.hint == "hint.password" && v.Has("n"):
		hint = v.T("hint.password_n")
	case s.hint != "":
		hint = v.T(s.hint)
	}
	return v.T(id), hint
}

func joinIDs(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// sortProblems finds the first bad field, and whether a summary is due.
func (v *view) sortProblems() {
	bad := 0
	for _, s := range v.fields {
		if _, ok := v.problem(s.name); ok {
			if v.first == "" {
				v.first = s.name
			}
			bad++
		}
	}
	for _, p := range v.Page.Problems {
		if !v.owns(p.Field) {
			v.above = append(v.above, p)
		}
	}
	v.summary, v.failed = bad > 1, len(v.Page.Problems) > 0
	// Elsewhere something is to be read before the first field.
	if one := v.Page.Name == core.PageSignIn || v.Page.Name == core.PagePassword; one && !v.failed {
		v.first = v.fields[0].name
	}
}

func (v *view) owns(name string) bool {
	for _, s := range v.fields {
		if s.name == name {
			unverified := v.Page.Consent != nil && v.Page.Consent.Unverified
			return name != "mine" && name != "remember" || unverified == (name == "mine")
		}
	}
	return false
}

func (v *view) problem(name string) (core.Problem, bool) {
	for _, p := range v.Page.Problems {
		if p.Field == name && v.owns(name) {
			return p, true
		}
	}
	return core.Problem{}, false
}

func (v *view) problemText(p core.Problem) template.HTML {
	id := "problem." + p.ID
	if _, ok := v.messages[id]; !ok {
		id = "problem.other"
	}
	return v.html(id, v.with(id, p.Args))
}

// with puts the arguments of a problem or notice before those of the page. Its
// numbers are its own: how long a code works is not how long to wait.
func (v *view) with(id string, args map[string]any) values {
	return func(name string) any {
		if given, ok := args[name]; ok {
			return v.known(name, given)
		}
		if name == "duration" && !strings.HasPrefix(id, "notice.") || name == "n" && !strings.HasPrefix(id, "problem.password_") {
			return nil
		}
		return v.value(name)
	}
}

// known turns the name of a thing into its word.
func (v *view) known(name string, given any) any {
	if thing, ok := given.(string); ok && name == "thing" {
		return v.thing(thing)
	}
	return given
}

func (s speaker) thing(name string) any {
	if _, ok := s.messages["thing."+name]; ok {
		return s.text("thing."+name, noValues)
	}
	return nil
}

// notice is what the partial "notice" draws.
type notice struct {
	Kind  string
	Text  template.HTML
	Alert bool
}

// Notices are results of the step before, then problems that belong to no field.
func (v *view) Notices() []notice {
	all := make([]notice, 0, len(v.above)+len(v.Page.Notices))
	for _, p := range v.above {
		all = append(all, notice{Kind: "bad", Text: v.problemText(p), Alert: true})
	}
	for _, n := range v.Page.Notices {
		id := "notice." + n.ID
		if _, ok := v.messages[id]; !ok {
			continue
		}
		all = append(all, notice{Kind: n.Kind, Text: v.html(id, v.with(id, n.Args))})
	}
	return all
}

// Summary lists the problems of fields where two or more failed.
func (v *view) Summary() []summaryLine {
	if !v.summary {
		return nil
	}
	var lines []summaryLine
	for _, s := range v.fields {
		if p, ok := v.problem(s.name); ok {
			lines = append(lines, summaryLine{s.name, v.problemText(p)})
		}
	}
	return lines
}

// SummaryTitle counts them.
func (v *view) SummaryTitle() string {
	n := len(v.Summary())
	return v.text("page.problems", func(string) any { return n })
}

type summaryLine struct {
	Field string
	Text  template.HTML
}

// Sent is the notice about a message that was sent, with its defaults. It went to
// the address that the page tells, which need not be the account's: a new one is
// being proven.
func (v *view) Sent(id string) template.HTML {
	return v.html("notice."+id, func(name string) any {
		if d, ok := v.value(name).(time.Duration); ok {
			return d
		}
		if to, _ := v.Page.Args["email"].(string); name == "email" && to == "" {
			return v.Email()
		}
		return v.value(name)
	})
}
