package resource

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TX-04: who acts for the person is told to the API, by JWTs and by introspection alike; what cannot be read spoils the token.
func TestTX04_actors(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(introspecting)
	for name, c := range map[string]struct {
		act  string
		want []Actor // nil: refused
	}{
		"one":                 {`{"sub":"orders"}`, []Actor{{Subject: "orders"}}},
		"two":                 {`{"sub":"stock","act":{"sub":"orders"}}`, []Actor{{Subject: "stock"}, {Subject: "orders"}}},
		"of another issuer":   {`{"iss":"https://b.example","sub":"x","more":[1]}`, []Actor{{Issuer: "https://b.example", Subject: "x"}}},
		"client alone":        {`{"client_id":"orders"}`, []Actor{{ClientID: "orders"}}},
		"a string":            {`"orders"`, nil},
		"a list":              {`[{"sub":"orders"}]`, nil},
		"nobody":              {`{}`, nil},
		"nobody inside":       {`{"sub":"orders","act":{"iss":"x"}}`, nil},
		"sub a number":        {`{"sub":7}`, nil},
		"null":                {`null`, nil},
		"twice the same name": {`{"sub":"orders","sub":"root"}`, nil},
		"too deep":            {strings.Repeat(`{"sub":"a","act":`, 40) + `{"sub":"a"}` + strings.Repeat("}", 40), nil},
	} {
		opaque := "kw_at_" + strings.ReplaceAll(name, " ", "_")
		a.says(opaque, active(`,"act":`+c.act))
		for form, token := range map[string]string{"opaque": opaque, "JWT": a.token(map[string]any{"act": json.RawMessage(c.act)})} {
			got, err := s.CheckToken(t.Context(), token)
			if (err != nil) != (c.want == nil) || err == nil && !slices.Equal(got.Actors, c.want) {
				t.Errorf("%s, %s: %+v, %v", name, form, got, err)
			}
		}
	}
	if got, err := s.CheckToken(t.Context(), a.token(nil)); err != nil || got.Actors != nil {
		t.Errorf("without act: %+v, %v", got, err)
	}
}
