package dialogue

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the answers of the dialogues anew")

// Requirements have ids such as CD-04, threats such as RED04.
var identifier = regexp.MustCompile(`\b([A-Z]{2,3}-[0-9]{2}|[A-Z]{3}[0-9]{2})\b`)

// Run plays every file that the pattern matches, each in a world of its own, as
// subtests named after the files.
func Run(t *testing.T, pattern string, world func(t *testing.T) World) {
	t.Helper()
	each(t, pattern, func(t *testing.T, file string) { playFile(t, file, world(t)) })
}

func each(t *testing.T, pattern string, play func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues match %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { play(t, file) })
	}
}

func read(t *testing.T, file string) archive {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parseArchive(string(raw))
}

func playFile(t *testing.T, file string, world World) {
	t.Helper()
	written := read(t, file)
	if !identifier.MatchString(written.comment) {
		t.Errorf("%s: its comment names no requirement; say which it shows, such as CD-04", file)
	}
	played, err := world.play(written)
	if err != nil {
		last := ""
		if n := len(played.sections); n > 0 {
			last = "the answer before was\n" + played.sections[n-1].text
		}
		t.Fatalf("%v\n%s", err, last)
	}
	if *update {
		if err := os.WriteFile(file, []byte(played.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(written.String(), "\n"), strings.Split(played.String(), "\n")); diff != "" {
		t.Errorf("%s differs (-written +answered); if the answer is right: go test -update\n%s", file, diff)
	}
}
