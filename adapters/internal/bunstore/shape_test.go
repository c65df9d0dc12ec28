package bunstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var dialects = []string{"sqlite", "postgres", "mysql"}

func stepsOf(t *testing.T, dialect string) []step {
	t.Helper()
	db := &DB{dialect: Dialect{Name: dialect}}
	steps, err := db.steps()
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func TestStepsAreNumberedOnce(t *testing.T) {
	var want []string
	for _, dialect := range dialects {
		var got []string
		for _, s := range stepsOf(t, dialect) {
			got = append(got, s.String())
		}
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("- %s, + %s\n%s", dialects[0], dialect, diff)
		}
	}
}

// spared is what a step took away although an earlier one had made it: before it
// nothing had handed out user codes.
const spared = "table grants has no unique index on (tenant, user_code)"

// What the steps of any release have made is there as it was after all steps:
// releases that know fewer serve on.
func TestThreat_MIG01_StepsOnlyAdd(t *testing.T) {
	for _, dialect := range dialects {
		steps := stepsOf(t, dialect)
		now, err := shapeOf(steps)
		if err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		for _, table := range now {
			table.there = true
		}
		for n := range steps {
			before, err := shapeOf(steps[:n+1])
			if err != nil {
				t.Fatalf("%s: %v", dialect, err)
			}
			if err := before.check(now); err != nil && (strings.Count(err.Error(), "\n") > 1 || !strings.Contains(err.Error(), spared)) {
				t.Errorf("%s: a release that knows %s: %v", dialect, steps[n], err)
			}
		}
	}
}

// No step has a statement that could hurt a release which serves meanwhile.
func TestThreat_MIG01_StatementsThatCouldHurt(t *testing.T) {
	for _, text := range []string{
		"ALTER TABLE grants ADD COLUMN more BIGINT NOT NULL",
		"ALTER TABLE grants ADD COLUMN more BIGINT NOT NULL DEFAULT 0",
		"ALTER TABLE grants DROP COLUMN client",
		"ALTER TABLE grants RENAME COLUMN client TO app",
		"ALTER TABLE grants RENAME TO authorizations",
		"ALTER TABLE grants ALTER COLUMN version TYPE NUMERIC",
		"ALTER TABLE grants MODIFY client VARBINARY(100) NOT NULL",
		"ALTER TABLE grants ADD CHECK (version > 0)",
		"ALTER TABLE grants ADD KEY g (client), LOCK=EXCLUSIVE",
		"ALTER TABLE nothing ADD COLUMN more BIGINT",
		"CREATE INDEX g ON nothing (client)",
		"CREATE INDEX CONCURRENTLY g ON grants (client)",
		"CREATE TABLE more (\n  id BYTEA NOT NULL PRIMARY KEY,\n  n BIGINT NOT NULL DEFAULT 1\n)",
		"CREATE TRIGGER g AFTER INSERT ON grants BEGIN SELECT 1; END",
		"CREATE VIEW g AS SELECT 1", "DROP TABLE grants", "TRUNCATE grants", "DELETE FROM grants", "INSERT INTO leases VALUES (1, 2, 3)",
		"LOCK TABLE grants",
	} {
		steps := append(stepsOf(t, "postgres"), step{number: 99, name: "last", text: text + ";\n"})
		if _, err := shapeOf(steps); err == nil || !strings.Contains(err.Error(), "step 99 (last)") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestShapeOf(t *testing.T) {
	const text = `-- Why; and how.
CREATE TABLE things (
  id VARBINARY(16) NOT NULL PRIMARY KEY,
  name VARBINARY(255) NOT NULL UNIQUE,
  ` + "`change`" + ` BIGINT,
  KEY things_change (` + "`change`" + `, id),
  UNIQUE (id, name)
) ENGINE=InnoDB;
ALTER TABLE things ADD COLUMN more MEDIUMBLOB, ALGORITHM=INSTANT;
UPDATE things SET more = '' WHERE id > 'x';
ALTER TABLE things ADD UNIQUE KEY things_more (more), ALGORITHM=INPLACE, LOCK=NONE;
DROP INDEX things_change ON things;
CREATE INDEX IF NOT EXISTS things_name ON things (name)
  WHERE   (name IS NOT NULL);
`
	got, err := shapeOf([]step{{number: 1, name: "first", text: text}})
	if err != nil {
		t.Fatal(err)
	}
	want := "name varbinary(255) NOT NULL, more mediumblob, id varbinary(16) NOT NULL, change bigint, " +
		"unique index on (id), unique index on (name), unique index on (id, name), unique index on (more), " +
		"index on (name) where name is not null"
	var said []string
	for _, name := range []string{"name", "more", "id", "change"} {
		said = append(said, name+" "+got["things"].columns[name].String())
	}
	for _, k := range got["things"].keys {
		said = append(said, k.String())
	}
	if diff := cmp.Diff(want, strings.Join(said, ", ")); diff != "" || len(got["things"].columns) != 4 {
		t.Error(diff)
	}
}

// A long list of differences ends.
func TestCheckEnds(t *testing.T) {
	need, err := shapeOf(stepsOf(t, "sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	err = need.check(shape{})
	if err == nil || strings.Count(err.Error(), "\n") != maxProblems+1 ||
		!strings.HasSuffix(err.Error(), fmt.Sprintf("and %d more", len(need)-maxProblems)) {
		t.Error(err)
	}
}
