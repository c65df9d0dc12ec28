package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/keywright/keywright/core"
)

// imported seeds an account whose password hash came from elsewhere.
func (w *world) imported(email, encoded string) core.ID {
	w.t.Helper()
	id := w.add(email, nil)
	secret, err := Import(encoded)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.credentials[credentialKey(id)]
	c.Secret = secret
	w.credentials[credentialKey(id)] = c
	return id
}

func scryptOf(t *testing.T, password string) string {
	t.Helper()
	salt := []byte("0123456789abcdef")
	key, err := scrypt.Key([]byte(password), salt, 1<<4, 8, 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$scrypt$ln=4,r=8,p=1$%s$%s", b64(salt), b64(key))
}

func bcryptOf(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func TestPW07_importUpgradesAtSignIn(t *testing.T) {
	w := newWorld(t, cheap())
	for email, encoded := range map[string]string{
		"b@example.com": bcryptOf(t, "old one"), "s@example.com": scryptOf(t, "old one"),
	} {
		id := w.imported(email, encoded)
		version := w.credentials[credentialKey(id)].Version
		wantProblem(t, w.signIn(email, "old two"), "password_wrong")
		r := wantIs[core.Authenticated](t, w.signIn(email, "old one"))
		if r.Credential == nil || r.Credential.Version != version || r.Credential.UsedAt != w.at || !strings.HasPrefix(string(r.Credential.Secret), "$argon2id$") {
			t.Fatalf("%+v", r.Credential) // PWD13: the version read is the one replaced
		}
		if again := wantIs[core.Authenticated](t, w.signIn(email, "old one")); again.Credential != nil {
			t.Error("upgraded twice")
		}
	}
}

func TestThreat_PWD10_bcryptLongPasswords(t *testing.T) {
	w := newWorld(t, cheap())
	long := strings.Repeat("x", 72)
	w.imported(mara, bcryptOf(t, long))
	wantProblem(t, w.signIn(mara, long+"y"), "password_wrong")
	wantProblem(t, w.signIn(mara, long+"\x00"), "other")
	wantIs[core.Authenticated](t, w.signIn(mara, long))
	wantProblem(t, w.signIn(mara, long+"y"), "password_wrong")
}

func TestImport_refusesWhatNobodyCouldVerify(t *testing.T) {
	for _, encoded := range []string{
		"", "plain", "$1$md5$hash", "{SSHA}abc", "$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg",
		"$2a$31$" + strings.Repeat("a", 53), "$argon2id$v=19$m=4194304,t=1,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", strings.Repeat("$", 1000),
	} {
		if secret, err := Import(encoded); err == nil || secret != nil {
			t.Errorf("%.30q was taken", encoded)
		} else if encoded != "" && strings.Contains(err.Error(), encoded) {
			t.Errorf("%.30q is in the error", encoded)
		}
	}
}

// With the cost that everybody gets who sets nothing.
func TestAccount_seedWithDefaults(t *testing.T) {
	w := newWorld(t, Options{})
	change, err := w.a.Account(t.Context(), "Mara", "Mara@Example.com", good, w.at)
	if err != nil {
		t.Fatal(err)
	}
	w.write(change)
	a := change.Account
	if !a.EmailVerified || a.ID.IsZero() || a.Email != "Mara@Example.com" || change.PutIdentifiers[0] != (core.Identifier{Kind: "email", Value: mara}) {
		t.Errorf("%+v", change)
	}
	if s := string(change.PutCredentials[0].Secret); !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s", s)
	}
	wantIs[core.Authenticated](t, w.signIn(mara, good))
	for _, c := range [][2]string{{mara, "too short"}, {mara, "password123456789"}, {mara, "\xff"}} {
		if _, err := w.a.Account(t.Context(), "Mara", c[0], c[1], w.at); err == nil || strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: %v", c[1], err)
		}
	}
	if _, err := w.a.Account(t.Context(), "Mara", "mara", good, w.at); !errors.Is(err, ErrAddress) {
		t.Errorf("%v", err)
	}
}
