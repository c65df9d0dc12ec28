package clientreg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/keywright/keywright/core"
)

// maxSeedFile bounds what is read of a seed file, in bytes.
const maxSeedFile = 4 << 20

// SeededFile makes the seeded lane from a file: YAML, or JSON if it begins with
// a brace. Its one member is clients, a list of Seed. Unknown members, and
// everything else that is wrong, are reported at once.
func SeededFile(path string) (core.ClientLane, error) {
	b, err := readAtMost(path, maxSeedFile)
	if err != nil {
		return nil, fmt.Errorf("clientreg: seed file: %w", err)
	}
	seeds, err := parseSeeds(b)
	if err != nil {
		return nil, fmt.Errorf("clientreg: seed file %s: %w", path, err)
	}
	clients, err := checkSeeds(seeds, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("clientreg: seed file %s: %w", path, err)
	}
	return &SeededLane{clients: clients, open: openFiles(seeds, filepath.Dir(path), path)}, nil
}

// seedFile is what the file holds.
type seedFile struct {
	Clients []Seed `yaml:"clients"`
}

// parseSeeds reads the bytes of a seed file.
func parseSeeds(b []byte) ([]Seed, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		var err error
		if b, err = yamlOf(b); err != nil {
			return nil, err
		}
	}
	var file seedFile
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, discreet(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one document: keep one")
	}
	return file.Clients, nil
}

// yamlOf brings JSON to YAML, which JSON is nearly: it knows other escapes.
func yamlOf(b []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return yaml.Marshal(v)
}

// quoted finds what an error of the YAML library quotes from the file.
var quoted = regexp.MustCompile("`[^`]*`|'[^']*'|\"[^\"]*\"")

// plain are words of the YAML library and what a person would say instead.
var plain = strings.NewReplacer(
	"yaml: unmarshal errors:", "cannot be read:",
	"!!str a value into []string", "a single text where a list belongs: put it into brackets",
	"!!int a value into time.Duration", "a number where a time belongs: write a unit, such as 60s",
	"!!str a value into time.Duration", "a text that is no time: write one such as 60s or 24h",
	"not found in type clientreg.Seed", "is not known in a client: Seed in docs/reference/configuration.md has the names",
	"cannot unmarshal", "has", "not found in type", "is not known in", "!!map into", "named values where this belongs:",
	"!!seq into", "a list where this belongs:", "!!str a value into", "a text where this belongs:",
	"[]clientreg.Secret", "a list of secrets", "[]clientreg.Seed", "a list of clients", "clientreg.seedFile", "the file, which holds one list, clients", "clientreg.Seed", "a client",
	"clientreg.Secret", "a secret", "clientreg.Lifetimes", "lifetimes",
)

// discreet takes quotations out of an error: they may be a secret that stands
// in the wrong place. Line numbers and names of fields stay.
func discreet(err error) error {
	return errors.New(plain.Replace(quoted.ReplaceAllString(err.Error(), "a value")))
}

// readAtMost reads a file of no more than max bytes.
func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return b, err
}
