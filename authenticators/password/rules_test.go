package password

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

type fakeBreach struct {
	known string
	err   error
}

func (f fakeBreach) Contains(p string) (bool, error) { return p == f.known, f.err }

func TestPW01_PW04_rules(t *testing.T) {
	o := cheap()
	o.Breach, o.ServiceWords = fakeBreach{known: another}, []string{"Lighthouse Insurance"}
	w := newWorld(t, o)
	for password, want := range map[string]string{
		"":                                         "password_empty",
		"velvet anchor x":                          "", // 15 code points
		"velvet anchor ":                           "password_short",
		"ünïcödé völlig ök":                        "", // counted in code points
		strings.Repeat("é", 14):                    "password_short",
		"passwort passwort passwort":               "password_weak",
		"password123456789":                        "password_weak",
		"qwertyuiopasdfghjkl":                      "password_weak",
		another:                                    "password_leaked",
		"lighthouse-insurance":                     "password_personal",
		"Keywright-keywright":                      "password_personal",
		"MaraLind-mara@example.com":                "password_personal",
		"correct lantern river sofa":               "", // PW-03: lower case alone will do
		"   spaces   around  umbrella moss ":       "",
		good + strings.Repeat("x", 1024-len(good)): "", // PW-02
		good + strings.Repeat("x", 1025-len(good)): "password_long",
		"caf\xc3 lantern orbit velvet":             "other",
	} {
		normal, problem := w.a.chosen(password)
		if problem == nil {
			problem = w.a.guessable(t.Context(), normal, "Mara Lind", mara, "Keywright")
		}
		if got := idOf(problem); got != want {
			t.Errorf("%.30q: %q, want %q", password, got, want)
		}
	}
}

func idOf(p *core.Problem) string {
	if p == nil {
		return ""
	}
	return p.ID
}

func TestPW05_brokenBreachListBlocksNobody(t *testing.T) {
	o := cheap()
	o.Breach = fakeBreach{err: errors.New("disk gone")}
	w := newWorld(t, o)
	var log bytes.Buffer
	if err := w.a.Start(core.Tools{Logger: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
		t.Fatal(err)
	}
	if p := w.a.guessable(t.Context(), good); p != nil {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(log.String(), "disk gone") || strings.Contains(log.String(), good) {
		t.Errorf("log: %s", log.String())
	}
}

func TestOptions_allProblemsAtOnce(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want []string
	}{
		{Options{}, nil},
		{Options{MinLength: 8, SecondFactor: true}, nil},
		{Options{MinLength: 64, Pepper: make([]byte, 32)}, nil},
		{Options{MinLength: 7, SecondFactor: true}, []string{"at least 8"}},
		{Options{MinLength: 14}, []string{"SecondFactor"}},
		{Options{MinLength: 65}, []string{"at most 64"}},
		{Options{Pepper: make([]byte, 31), OldPeppers: [][]byte{make([]byte, 1)}, ServiceWords: []string{"\xff"}}, []string{"31 bytes", "1 bytes", "ServiceWords"}},
		{Options{Cost: Cost{Memory: 64, Passes: 1, Threads: 1}}, []string{"below the default"}},
		{Options{Cost: Cost{Memory: 1 << 30, Passes: 1, Threads: 1}, MinLength: 1}, []string{"256 MiB", "at least 8"}},
		{Options{Cost: Cost{Memory: 64 << 10, Passes: 3, Threads: 4}}, nil},
	} {
		_, err := New(c.o)
		if (err != nil) != (len(c.want) > 0) {
			t.Errorf("%+v: %v", c.o, err)
		}
		for _, want := range c.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v lacks %q", c.o, err, want)
			}
		}
	}
	a, _ := New(Options{})
	if a.options.MinLength != 15 || a.Method() != "password" {
		t.Errorf("%+v", a.options)
	}
}
