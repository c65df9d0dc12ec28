package orgreg

import (
	"errors"
	"regexp"
	"strings"
)

// quoted finds what an error of the YAML library quotes from the file.
var quoted = regexp.MustCompile("`[^`]*`|'[^']*'|\"[^\"]*\"")

// plain are words of the YAML library and what a person would say instead.
var plain = strings.NewReplacer(
	"yaml: unmarshal errors:", "cannot be read:", "not found in type", "is not known in", "cannot unmarshal", "has",
	"orgreg.Seeds", "the file, which holds organizations and connections", "orgreg.Organization", "an organization",
	"orgreg.Connection", "a connection", "orgreg.Secrets", "secrets",
)

// quiet takes quotations out of an error: they may be a secret that stands in the
// wrong place. Line numbers and names of fields stay.
func quiet(err error) error {
	return errors.New(plain.Replace(quoted.ReplaceAllString(err.Error(), "a value")))
}
