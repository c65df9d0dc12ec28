package bunstore

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The forms of statements that a step may have. Each can be run while the
// release before serves; the rules are in CONTRIBUTING.md, under "Change the
// schema".
var (
	createTable = regexp.MustCompile(`^CREATE TABLE (\w+) \(\n((?s:.+))\n\)[^\n;]*$`)
	createIndex = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+) ON (\w+) \(([^)]+)\)(?:\s+WHERE (.+))?$`)
	addColumn   = regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) ([\w()]+)(, ALGORITHM=INSTANT)?$`)
	addKey      = regexp.MustCompile(`^ALTER TABLE (\w+) ADD (UNIQUE )?KEY (\w+) \(([^)]+)\)(, ALGORITHM=INPLACE, LOCK=NONE)?$`)
	dropIndex   = regexp.MustCompile(`^DROP INDEX (\w+)(?: ON \w+)?$`)
	fillColumn  = regexp.MustCompile(`^UPDATE \w+ SET `)
	fillPages   = regexp.MustCompile(`^DO \$\$ BEGIN IF [^;]+ THEN\s+ALTER TABLE \w+ SET \(fillfactor = \d+\); END IF; END \$\$$`)

	aColumn = regexp.MustCompile(`^(\w+) (\w+(?:\(\d+\))?)( NOT NULL)?( PRIMARY KEY)?( UNIQUE)?$`)
	aKey    = regexp.MustCompile(`^(PRIMARY KEY|UNIQUE KEY|UNIQUE|KEY) ?(\w*) ?\(([^)]+)\)$`)
	comment = regexp.MustCompile(`(?m)^--.*\n?`)
)

// bare is a statement without comments.
func bare(text string) string { return strings.TrimSpace(comment.ReplaceAllString(text, "")) }

// shapeOf is what a database looks like that has taken the steps.
func shapeOf(steps []step) (shape, error) {
	s := shape{}
	for _, one := range steps {
		for _, text := range one.statements() {
			if err := s.take(strings.ReplaceAll(bare(text), "`", "")); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", errSchema, one, err)
			}
		}
	}
	return s, nil
}

func (s shape) take(text string) error {
	if m := createTable.FindStringSubmatch(text); m != nil {
		return s.create(m[1], m[2])
	}
	if m := createIndex.FindStringSubmatch(text); m != nil {
		return s.addKey(m[3], keyShape{m[2], m[4], predicate(m[5]), m[1] != ""})
	}
	if m := addKey.FindStringSubmatch(text); m != nil {
		return s.addKey(m[1], keyShape{m[3], m[4], "", m[2] != ""})
	}
	if m := addColumn.FindStringSubmatch(text); m != nil && s[m[1]] != nil {
		s[m[1]].columns[m[2]] = columnShape{kind: strings.ToLower(m[3]), null: true}
		return nil
	}
	if m := dropIndex.FindStringSubmatch(text); m != nil {
		for _, t := range s {
			t.keys = slices.DeleteFunc(t.keys, func(k keyShape) bool { return k.name == m[1] })
		}
		return nil
	}
	if fillColumn.MatchString(text) || fillPages.MatchString(text) {
		return nil
	}
	return fmt.Errorf("no step may have a statement like this: %s", text)
}

// create reads what stands between the parentheses of CREATE TABLE, one thing to
// a line.
func (s shape) create(table, body string) error {
	t := &tableShape{columns: map[string]columnShape{}}
	s[table] = t
	for line := range strings.SplitSeq(body, ",\n") {
		line = strings.TrimSpace(line)
		if m := aKey.FindStringSubmatch(line); m != nil {
			t.keys = append(t.keys, keyShape{name: m[2], columns: m[3], unique: m[1] != "KEY"})
			continue
		}
		m := aColumn.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("table %s: what is this: %s", table, line)
		}
		t.columns[m[1]] = columnShape{kind: strings.ToLower(m[2]), null: m[3] == ""}
		if m[4] != "" || m[5] != "" {
			t.keys = append(t.keys, keyShape{columns: m[1], unique: true})
		}
	}
	return nil
}

func (s shape) addKey(table string, k keyShape) error {
	if s[table] == nil {
		return fmt.Errorf("key %s: there is no table %s", k.name, table)
	}
	s[table].keys = append(s[table].keys, k)
	return nil
}

// predicate is a condition in the one way in which all databases tell it.
func predicate(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	if inner, ok := strings.CutPrefix(text, "("); ok {
		text = strings.TrimSuffix(inner, ")")
	}
	return text
}
