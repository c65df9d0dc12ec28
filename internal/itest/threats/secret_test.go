package threats

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core/providertest"
)

// KEY06: over a database with keys, a provider without the secret that sealed
// them does not start, and makes no keys of its own instead.
func TestThreat_KEY06_TheWrongSecretStopsTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealed.db")
	var kept keywright.Config
	w := newWorld(t, providertest.WithDatabase(openFile(t, path)), providertest.WithConfig(func(c *keywright.Config) { kept = *c }))
	w.ada.SignIn(w.app)
	right, wrong := kept.Secrets[0], keywright.Secret(strings.Repeat("w", 32))
	newer := keywright.Secret(strings.Repeat("n", 32))
	published := string(w.raw("GET", "/jwks", "").Body)
	for what, c := range map[string]struct {
		secrets []keywright.Secret
		starts  bool
	}{
		"right": {[]keywright.Secret{right}, true}, "newer before it": {[]keywright.Secret{newer, right}, true},
		"wrong": {[]keywright.Secret{wrong}, false}, "none": {nil, false}, "too short": {[]keywright.Secret{right[:16]}, false},
		"cut": {[]keywright.Secret{right[:len(right)-1]}, false},
	} {
		again := kept
		again.Database, again.Secrets = openFile(t, path), slices.Clone(c.secrets)
		_, err := keywright.New(t.Context(), again)
		if (err == nil) != c.starts {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && (strings.Contains(err.Error(), string(right)) || strings.Contains(err.Error(), string(wrong))) {
			t.Errorf("%s: the error holds a secret: %v", what, err)
		}
	}
	if now := string(w.raw("GET", "/jwks", "").Body); now != published {
		t.Errorf("other keys are published: %s, before %s", now, published)
	}
}
