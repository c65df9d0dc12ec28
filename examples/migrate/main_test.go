package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// said runs the command.
func said(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestApply(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keywright.db")
	if got := said(t, "-dsn", file); !strings.HasPrefix(got, "pending: step 1, first\n") {
		t.Errorf("before: %q", got)
	}
	if got := said(t, "-dsn", file, "-apply"); !strings.HasPrefix(got, "taken: step 1, first\n") {
		t.Errorf("applied: %q", got)
	}
	for _, flag := range []string{"", "-apply"} {
		if got := said(t, "-dsn", file, flag); got != "nothing is to do\n" {
			t.Errorf("after, with %q: %q", flag, got)
		}
	}
}

// What is printed can be run: then nothing is to do, and that is SQL as well.
func TestPrint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keywright.db")
	text := said(t, "-dsn", file, "-print")
	raw, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	for range 2 {
		if _, err := raw.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		text = said(t, "-dsn", file, "-print")
	}
	if text != "-- Nothing is to do.\n" {
		t.Error(text)
	}
}

func TestRefusals(t *testing.T) {
	t.Setenv("DSN", "")
	for want, args := range map[string][]string{
		"-dsn, or DSN":                      {},
		`-database "oracle": want sqlite`:   {"-database", "oracle", "-dsn", "x"},
		"want postgres://user:password@":    {"-database", "postgres", "-dsn", "postgres://u:p%@h"},
		"flag provided but not defined":     {"-aply"},
		"is printed or applied, never both": {"-dsn", "x", "-print", "-apply"},
	} {
		if err := run(t.Context(), args, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
