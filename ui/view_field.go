package ui

import "github.com/keywright/keywright/core"

// customFields are those that the operator asks for, then the tick for the terms.
func (v *view) customFields(p *core.Page) []fieldSpec {
	var specs []fieldSpec
	for i := range p.Fields {
		f := &p.Fields[i]
		spec := fieldSpec{name: f.Name, kind: "text", optional: !f.Required, custom: f}
		switch f.Kind {
		case core.FieldEmail:
			spec.kind, spec.inputmode, spec.autocomplete = "email", "email", "email"
		case core.FieldSelect, core.FieldCheckbox:
			spec.kind = string(f.Kind)
		}
		specs = append(specs, spec)
	}
	return specs
}

// Custom are the operator's fields, ready to draw.
func (v *view) Custom() []field {
	var all []field
	for _, s := range v.fields {
		if s.custom != nil {
			all = append(all, v.Field(s.name))
		}
	}
	return all
}

// choice is one option of a field.
type choice struct {
	Value, Text string
	Selected    bool
}

// spoken is the operator's own text in the language of the page.
func (v *view) spoken(texts map[string]string, otherwise string) string {
	text, ok := brandText(texts, v.locale)
	if !ok {
		text = texts["en"]
	}
	if text = cut(stripHidden(text), 200); text == "" {
		return otherwise
	}
	return text
}

// customField gives a field the operator's words.
func (v *view) customField(f *field, of *core.Field) {
	f.Label, f.Hint = v.spoken(of.Label, of.Name), v.spoken(of.Hint, "")
	if of.Kind == core.FieldCheckbox {
		f.Checked = f.Value != ""
	}
	if !f.Required && of.Kind != core.FieldCheckbox {
		f.Label = v.text("field.optional", func(string) any { return plainText(f.Label) })
	}
	for _, o := range of.Options {
		f.Choices = append(f.Choices, choice{o.Value, v.spoken(o.Label, o.Value), o.Value == f.Value})
	}
}
