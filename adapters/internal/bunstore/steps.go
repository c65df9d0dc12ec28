package bunstore

import (
	"embed"
	"fmt"
	"strings"
)

// The migrations, one folder per dialect with the same numbers in each.
//
//go:embed migrations
var migrations embed.FS

// step is one migration: its file without the number, and its statements.
type step struct {
	number     int
	name, text string
}

// steps reads the dialect's migrations in order; the first is number 1 and none
// is left out.
func (db *DB) steps() ([]step, error) {
	folder := "migrations/" + db.dialect.Name
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	steps := make([]step, len(files))
	for n, f := range files {
		name, numbered := strings.CutPrefix(f.Name(), fmt.Sprintf("%04d_", n+1))
		if !numbered {
			return nil, fmt.Errorf("%w: %s is not step %d", errSchema, f.Name(), n+1)
		}
		text, err := migrations.ReadFile(folder + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		steps[n] = step{number: n + 1, name: strings.TrimSuffix(name, ".sql"), text: string(text)}
	}
	return steps, nil
}

// statements are the parts of a migration. A step that is none of a dialect's
// business has only a comment there, and no part.
func (s step) statements() (list []string) {
	for one := range strings.SplitSeq(s.text, ";\n") {
		if one = strings.TrimSpace(one); bare(one) != "" {
			list = append(list, one)
		}
	}
	return list
}

func (s step) String() string { return fmt.Sprintf("step %d (%s)", s.number, s.name) }
