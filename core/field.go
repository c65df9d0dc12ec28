package core

import "time"

// FieldKind is how a Field is asked for.
type FieldKind string

// The kinds of fields.
const (
	FieldText     FieldKind = "text" // the zero value means the same
	FieldEmail    FieldKind = "email"
	FieldSelect   FieldKind = "select"
	FieldCheckbox FieldKind = "checkbox"
)

// Field is one thing more that is asked of who makes an account, whatever way
// they sign up. What is answered becomes a claim of the account.
type Field struct {
	// Name of the form's field: a lower-case letter, then letters, digits and
	// underscores.
	Name string    `json:"name"`
	Kind FieldKind `json:"kind,omitempty"`
	// Label is what people read, by language tag ("" for any); Hint is one line
	// more, or nothing.
	Label map[string]string `json:"label,omitempty"`
	Hint  map[string]string `json:"hint,omitempty"`
	// Required: an account is made only with it. A checkbox has to be ticked.
	Required bool `json:"required,omitempty"`
	// Options to choose from; for FieldSelect alone.
	Options []FieldOption `json:"options,omitempty"`
	// MaxLength of a text in code points; 0 is 200, at most 1000.
	MaxLength int `json:"max_length,omitempty"`
	// Claim is the name in Profile.Claims: a string, for a checkbox a boolean.
	// Empty is Name.
	Claim string `json:"-"`
}

// FieldOption is one choice of a FieldSelect.
type FieldOption struct {
	// Value is kept; Label is read, by language tag, and is Value where empty.
	Value string            `json:"value"`
	Label map[string]string `json:"label,omitempty"`
}

// Terms are what people agree to before they use an account. The zero value asks
// nothing.
type Terms struct {
	// Version in force. Who accepted another one is asked again.
	Version string
	// URL of the text: https.
	URL string
}

// AcceptedTerms is what a person has agreed to, and when.
type AcceptedTerms struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// FormerEmail is a proven address that an account had until lately. Its owner can
// take the account back with a link that was mailed there.
type FormerEmail struct {
	Email string    `json:"email"`
	Until time.Time `json:"until"` // when it was replaced
	// Secret is the SHA-256 of the random part of the link's handle.
	Secret Hash `json:"secret"`
}

// ProblemError is a hook's way to say what a person has to mend. ID names a
// message: "problem." and the ID in ui.Options.Messages. Field is the name of a
// field on the page; empty stands above all.
type ProblemError struct{ Problem }

// Error names the problem.
func (e *ProblemError) Error() string { return "core: problem " + e.ID }
