//go:build unix

package dbserver

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MissingError says that a server is not installed, and how to have it.
type MissingError struct{ needs string }

// Error is one line: what is needed and the command that installs it.
func (e *MissingError) Error() string { return e.needs }

// programs are where programs were found, by name.
type programs map[string]string

// find looks for programs in folders in order, the newest version first where a
// folder is a pattern. All are from one folder, since they must be of one version.
func find(folders []string, missing string, names ...string) (programs, error) {
	for _, folder := range folders {
		versions, err := filepath.Glob(folder)
		if err != nil {
			return nil, fmt.Errorf("dbserver: %w", err)
		}
		slices.SortFunc(versions, newestFirst)
		for _, version := range versions {
			if found := findIn(version, names); found != nil {
				return found, nil
			}
		}
	}
	return nil, &MissingError{needs: missing}
}

// findIn is nil unless the folder has all of them.
func findIn(folder string, names []string) programs {
	found := programs{}
	for _, name := range names {
		// What PATH leads to may be a link out of the folder where its helpers are.
		path, err := filepath.EvalSymlinks(filepath.Join(folder, name))
		if err != nil {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return nil
		}
		found[name] = path
	}
	return found
}

var numbers = regexp.MustCompile(`\d+`)

// newestFirst compares folders by the numbers in their names.
func newestFirst(a, b string) int {
	return slices.CompareFunc(numbers.FindAllString(b, -1), numbers.FindAllString(a, -1), func(x, y string) int {
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		return m - n
	})
}

// searched is where programs are looked for: PATH, what is given, and where
// packages put servers without naming it in PATH.
func searched(more ...string) []string {
	folders := filepath.SplitList(os.Getenv("PATH"))
	folders = slices.DeleteFunc(folders, func(folder string) bool {
		return !filepath.IsAbs(folder) || strings.ContainsAny(folder, `*?[\`)
	})
	return slices.Concat(folders, more, []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec"})
}
