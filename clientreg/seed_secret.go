package clientreg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// minSecret is the fewest bytes of a secret: 128 bits, if every bit of them
// were random (CA-04).
const minSecret = 16

// maxSecretFile bounds what is read for one secret.
const maxSecretFile = 4 << 10

// Secret is one client secret in exactly one form. Only its SHA-256 is kept, so
// it must be random: 128 bits at least.
type Secret struct {
	// Text is the secret itself.
	Text SecretText `yaml:"secret"`
	// File holds the secret; one line break at its end is not part of it. A
	// relative path is below the folder of the seed file.
	File string `yaml:"secret_file"`
	// Env names an environment variable; one line break at its end is not part of it.
	Env string `yaml:"secret_env"`
	// SHA256 of the secret, in hexadecimal.
	SHA256 string `yaml:"secret_sha256"`
	// Until is when it stops working; left out means never.
	Until time.Time `yaml:"secret_until"`
}

// SecretText is a secret that does not print itself.
type SecretText string

// String says that there is something, not what.
func (s SecretText) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString is String, for %#v.
func (s SecretText) GoString() string { return `"` + s.String() + `"` }

// LogValue is String, for logs.
func (s SecretText) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for encoders.
func (s SecretText) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Secret) forms() int {
	n := 0
	for _, form := range []string{string(s.Text), s.File, s.Env, s.SHA256} {
		if form != "" {
			n++
		}
	}
	return n
}

// hash resolves the secret. Its errors name no part of it.
func (s Secret) hash(folder string) (core.ClientSecret, error) {
	out := core.ClientSecret{Until: core.Instant(s.Until)}
	if s.Until.IsZero() {
		out.Until = time.Time{}
	}
	if s.forms() != 1 {
		return out, errors.New("has not exactly one form: write one of secret, secret_file, secret_env, secret_sha256")
	}
	if s.SHA256 != "" {
		if b, err := hex.DecodeString(s.SHA256); err != nil || copy(out.Hash[:], b) != len(out.Hash) || len(b) != len(out.Hash) {
			return out, errors.New("secret_sha256 is not 64 hexadecimal digits: write the SHA-256 of the secret")
		}
		return out, nil
	}
	text, err := s.text(folder)
	if err != nil {
		return out, err
	}
	if len(text) < minSecret {
		return out, errors.New("is shorter than 16 bytes: make a random one, for example with openssl rand -hex 32")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return out, errors.New("holds something else than printable ASCII: use hexadecimal digits or base64")
	}
	out.Hash = sha256.Sum256([]byte(text))
	return out, nil
}

// text reads the secret from where it is kept.
func (s Secret) text(folder string) (string, error) {
	switch {
	case s.Env != "":
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", errors.New("secret_env names a variable that is not set: set " + s.Env)
		}
		if v = withoutBreak(v); v == "" {
			return "", errors.New("secret_env names a variable that is empty: fill " + s.Env)
		}
		return v, nil
	case s.File != "":
		path := s.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		b, err := readAtMost(path, maxSecretFile)
		if err != nil {
			return "", errors.New("secret_file cannot be read: " + err.Error())
		}
		text := withoutBreak(string(b))
		if text == "" {
			return "", errors.New("secret_file is empty: write the secret into " + path)
		}
		return text, nil
	}
	return string(s.Text), nil
}

func withoutBreak(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }
