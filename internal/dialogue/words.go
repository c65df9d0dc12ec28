package dialogue

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// words are what stands for values in a dialogue.
type words struct {
	values map[string]string
	more   map[string]func(args ...string) (string, error)
}

var inBraces = regexp.MustCompile(`\{[a-z][a-zA-Z0-9_.@+ -]*\}`)

// replace puts values in the place of words in braces. A word that means
// nothing is an error.
func (w words) replace(text string) (string, error) {
	var failed error
	out := inBraces.ReplaceAllStringFunc(text, func(found string) string {
		value, err := w.value(strings.Fields(found[1 : len(found)-1]))
		if err != nil {
			failed = err
		}
		return value
	})
	return out, failed
}

func (w words) value(parts []string) (string, error) {
	name, args := parts[0], parts[1:]
	for i, a := range args {
		if v, ok := w.values[a]; ok {
			args[i] = v
		}
	}
	switch {
	case name == "verifier":
		return verifier(args), nil
	case name == "challenge":
		sum := sha256.Sum256([]byte(verifier(args)))
		return base64.RawURLEncoding.EncodeToString(sum[:]), nil
	case name == "basic" && len(args) == 2:
		pair := url.QueryEscape(args[0]) + ":" + url.QueryEscape(args[1])
		return base64.StdEncoding.EncodeToString([]byte(pair)), nil
	case w.more[name] != nil:
		return w.more[name](args...)
	}
	if v, ok := w.values[name]; ok && len(args) == 0 {
		return v, nil
	}
	return "", fmt.Errorf("{%s} means nothing here", strings.Join(parts, " "))
}

// verifier is a PKCE verifier (RFC 7636 section 4.1), the same in every run.
func verifier(seed []string) string {
	sum := sha256.Sum256([]byte("verifier " + strings.Join(seed, " ")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
