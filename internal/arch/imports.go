package arch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Rule says what packages may import outside their tests. The standard library is always allowed.
//
// Patterns: "a/b" is that package, "a/*" what lies one folder below, "a/**" is a and all below it, "**" is
// everything, "." is the root. In a list, "!" before a pattern takes away again; the last pattern that matches counts.
type Rule struct {
	Packages  string
	Own       []string // packages of this module
	Libraries []string // packages of others; or One, or Any
}

// What may stand in Rule.Libraries besides patterns.
const (
	One = "one" // any library, but a single one; golang.org/x does not count
	Any = "**"  // all libraries
)

// CheckImports judges each package by the first rule whose pattern matches it. A package without a rule is a fault, so
// that a new part of the house is placed on purpose. Rules may name packages that do not exist.
func (t Tree) CheckImports(module string, rules []Rule) []Fault {
	var faults []Fault
	for _, files := range t.packages() {
		name := files[0].Package()
		at := slices.IndexFunc(rules, func(r Rule) bool { return match(r.Packages, name) })
		if at < 0 {
			faults = append(faults, Fault{File: name, What: "no rule of the import table is for this package"})
			continue
		}
		faults = append(faults, t.checkPackage(module, rules[at], files)...)
	}
	return faults
}

func (t Tree) checkPackage(module string, rule Rule, files []File) []Fault {
	var faults []Fault
	single := "" // the library a package with One has chosen
	for _, f := range files {
		for _, spec := range f.Syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // the parser has accepted it, so it is quoted
			}
			if why := judge(module, rule, imported, &single); why != "" {
				faults = append(faults, t.fault(f, spec.Pos(), "imports %s: %s", imported, why))
			}
		}
	}
	return faults
}

// judge says why a rule forbids an import; nothing if it allows it.
func judge(module string, rule Rule, imported string, single *string) string {
	if standard(imported) {
		return ""
	}
	if own, is := within(module, imported); is {
		if allowed(rule.Own, own) {
			return ""
		}
		return fmt.Sprintf("of our own packages, %s may import %s", rule.Packages, list(rule.Own))
	}
	if !slices.Contains(rule.Libraries, One) {
		if allowed(rule.Libraries, imported) {
			return ""
		}
		return fmt.Sprintf("of libraries, %s may import %s", rule.Packages, list(rule.Libraries))
	}
	if strings.HasPrefix(imported, "golang.org/x/") {
		return ""
	}
	if *single == "" {
		*single = library(imported)
	}
	if *single != library(imported) {
		return fmt.Sprintf("%s may import one library, and already has %s", rule.Packages, *single)
	}
	return ""
}

// within gives the folder of a package of this module.
func within(module, imported string) (string, bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// standard packages have no dot in the first part of their path.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// library is what a package's path has in common with the rest of its repository.
func library(imported string) string {
	parts := strings.Split(imported, "/")
	if parts[0] == "github.com" && len(parts) > 3 {
		return strings.Join(parts[:3], "/")
	}
	if parts[0] != "github.com" && len(parts) > 2 {
		return strings.Join(parts[:2], "/")
	}
	return imported
}

func allowed(patterns []string, name string) bool {
	is := false
	for _, pattern := range patterns {
		pattern, not := strings.CutPrefix(pattern, "!")
		if match(pattern, name) {
			is = !not
		}
	}
	return is
}

func match(pattern, name string) bool {
	if pattern == "**" {
		return true
	}
	if folder, is := strings.CutSuffix(pattern, "/**"); is {
		return name == folder || strings.HasPrefix(name, folder+"/")
	}
	if folder, is := strings.CutSuffix(pattern, "/*"); is {
		rest, below := strings.CutPrefix(name, folder+"/")
		return below && !strings.Contains(rest, "/")
	}
	return pattern == name
}

func list(patterns []string) string {
	if len(patterns) == 0 {
		return "none"
	}
	return strings.Join(patterns, " ")
}
