package keywright_test

import (
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
)

// What is asked of new people is checked at start, setting by setting.
func TestConfigSaysWhatIsWrongWithSignUp(t *testing.T) {
	field := func(f ...core.Field) func(*keywright.Config) {
		return func(c *keywright.Config) { c.SignUpFields = f }
	}
	for says, change := range map[string]func(*keywright.Config){
		`SignUpFields[0].Name: is "Team"; use a lower-case letter`:                     field(core.Field{Name: "Team"}),
		`SignUpFields[0].Name: is "terms", which is given twice or the provider's own`: field(core.Field{Name: "terms"}),
		`SignUpFields[1].Claim: is "a", which another field gives`:                     field(core.Field{Name: "a"}, core.Field{Name: "b", Claim: "a"}),
		`SignUpFields[0].Claim: is "email_verified", which OpenID Connect`:             field(core.Field{Name: "a", Claim: "email_verified"}),
		`SignUpFields[0].Kind: is "date"; use core.FieldText`:                          field(core.Field{Name: "a", Kind: "date"}),
		"SignUpFields[0].Label: is empty; say what is asked":                           field(core.Field{Name: "a"}),
		"SignUpFields[0].MaxLength: is 2000; choose":                                   field(core.Field{Name: "a", MaxLength: 2000}),
		"SignUpFields[0].Options: do not fit":                                          field(core.Field{Name: "a", Kind: core.FieldSelect}),
		"Terms.Version: is empty; name":                                                func(c *keywright.Config) { c.Terms.URL = "https://example.com/terms" },
		`Terms.URL: is "http://example.com"; give the https`:                           func(c *keywright.Config) { c.Terms = core.Terms{Version: "1", URL: "http://example.com"} },
	} {
		c := sound(t)
		change(&c)
		if _, err := keywright.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
