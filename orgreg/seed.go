package orgreg

import "log/slog"

// Seeds are all that is written down.
type Seeds struct {
	// Organizations with their domains and connections.
	Organizations []Organization `yaml:"organizations"`
	// Connections of the tenant itself, which are offered to everybody.
	Connections []Connection `yaml:"connections"`
}

// Organization is a company or a team whose people sign in here.
type Organization struct {
	// Name is what settings call it; unique, at most 255 bytes. It finds the
	// organization again, so it is not changed.
	Name string `yaml:"name"`
	// DisplayName is what people read; empty is Name.
	DisplayName string `yaml:"display_name"`
	// Domains whose owner it has proven to be, as in the DNS ("xn--" for other
	// letters). Who writes one here says that this was checked: addresses below it
	// lead to this organization's connections. One that is taken off the list is
	// removed.
	Domains []string `yaml:"domains"`
	// RequireConnection accepts no other way in for people with an address in one of
	// the domains: no password, no passkey, no mailed code.
	RequireConnection bool `yaml:"require_connection"`
	// Connections to its identity providers.
	Connections []Connection `yaml:"connections"`
}

// Connection is a link to another identity provider.
type Connection struct {
	// Name is unique among those of its organization. It finds the connection again,
	// so it is not changed.
	Name string `yaml:"name"`
	// Kind names the authenticator that speaks to it: upstream, saml.
	Kind string `yaml:"kind"`
	// Label is what people read on its button; empty is Name.
	Label string `yaml:"label"`
	// Settings are the authenticator's own, without secrets.
	Settings map[string]any `yaml:"settings"`
	// Secrets are the authenticator's own as well, and stored sealed. In place of a
	// text there may be {env: NAME}, an environment variable, or {file: path}, a file
	// whose last line break is not part of it; a relative path is below the folder of
	// the seed file.
	Secrets Secrets `yaml:"secrets"`
	// JustInTime makes accounts, and members of the organization, of people who sign
	// in by it for the first time, unless sign-up is closed.
	JustInTime bool `yaml:"just_in_time"`
	// Roles of those members in the organization.
	Roles []string `yaml:"roles"`
}

// Secrets are secrets by name. They do not print themselves.
type Secrets map[string]any

// String says that there is something, not what.
func (s Secrets) String() string {
	if len(s) == 0 {
		return ""
	}
	return "[secrets]"
}

// GoString is String, for %#v.
func (s Secrets) GoString() string { return `"` + s.String() + `"` }

// LogValue is String, for logs.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for encoders.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
