package bunstore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shape is a schema as far as statements depend on it: tables by name.
type shape map[string]*tableShape

type tableShape struct {
	there   bool   // and no view or the like
	wrong   string // what is the matter with the whole table, with its remedy
	columns map[string]columnShape
	keys    []keyShape
}

// columnShape is a column. given says that it fills itself.
type columnShape struct {
	kind        string // as in varbinary(16)
	null, given bool
}

// keyShape is an index, of which unique ones are rules as well.
type keyShape struct {
	name, columns, where string
	unique               bool
}

// maxProblems is how many differences are told at once.
const maxProblems = 8

// check compares a shape with what a release needs. What there is beside it does
// no harm, unless it wants values that the release does not know of.
func (s shape) check(got shape) error {
	var all []string
	for _, name := range sortedKeys(s) {
		if got[name] == nil || !got[name].there {
			all = append(all, fmt.Sprintf("table %s is missing, or this role may not see it", name))
			continue
		}
		for _, problem := range s[name].problems(got[name]) {
			all = append(all, fmt.Sprintf("table %s %s", name, problem))
		}
	}
	if len(all) == 0 {
		return nil
	}
	errs := []error{fmt.Errorf("%w: tables are not as this release needs them; their owner has to mend them, "+
		"or restore a backup", errSchema)}
	for n, problem := range all {
		if n == maxProblems {
			problem = fmt.Sprintf("and %d more", len(all)-n)
		}
		if errs = append(errs, errors.New("  "+problem)); n == maxProblems {
			break
		}
	}
	return errors.Join(errs...)
}

func (need *tableShape) problems(got *tableShape) (all []string) {
	if got.wrong != "" {
		all = append(all, got.wrong)
	}
	for _, name := range sortedKeys(need.columns) {
		want := need.columns[name]
		if has, ok := got.columns[name]; !ok {
			all = append(all, fmt.Sprintf("has no column %s: add it as %s", name, want))
		} else if !has.fits(want) {
			all = append(all, fmt.Sprintf("has a column %s that is %s: make it %s", name, has, want))
		}
	}
	for _, name := range sortedKeys(got.columns) {
		has := got.columns[name]
		if _, known := need.columns[name]; !known && !has.null && !has.given {
			all = append(all, fmt.Sprintf("has a column %s that this release does not fill: let it be NULL, or give it a default", name))
		}
	}
	for _, want := range need.keys {
		if !slices.ContainsFunc(got.keys, want.metBy) {
			all = append(all, fmt.Sprintf("has no %s: add it", want))
		}
	}
	return all
}

// fits says that values of want go in and come out unchanged. Where want is not
// NULL the store never writes NULL.
func (c columnShape) fits(want columnShape) bool {
	kind, size := sized(c.kind)
	wantKind, wantSize := sized(want.kind)
	return kind == wantKind && size >= wantSize && (c.null || !want.null)
}

// sized splits varbinary(16).
func sized(kind string) (string, int) {
	name, size, _ := strings.Cut(strings.TrimSuffix(kind, ")"), "(")
	n, _ := strconv.Atoi(size) // none for types without one
	return name, n
}

// String is what one would write to make the column.
func (c columnShape) String() string {
	if c.null {
		return c.kind
	}
	return c.kind + " NOT NULL"
}

// metBy says that another key does what is needed of k. A rule has to be the
// same; an index only has to begin with the same columns.
func (k keyShape) metBy(has keyShape) bool {
	if has.where != "" && has.where != k.where {
		return false
	}
	if k.unique {
		return has.unique && has.columns == k.columns && (has.where == k.where || nullsOf(k.columns, k.where))
	}
	return has.columns == k.columns || strings.HasPrefix(has.columns, k.columns+", ")
}

// nullsOf says that a partial key only leaves out rows in which one of its
// columns is NULL, which no key tells apart anyway.
func nullsOf(columns, where string) bool {
	column, ok := strings.CutSuffix(where, " is not null")
	return ok && slices.Contains(strings.Split(columns, ", "), column)
}

func (k keyShape) String() string {
	text := "index on (" + k.columns + ")"
	if k.unique {
		text = "unique " + text
	}
	if k.where != "" {
		text += " where " + k.where
	}
	return text
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
