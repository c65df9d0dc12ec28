package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// stream writes events as `go test -json` does.
func stream(t *testing.T, events ...event) string {
	t.Helper()
	var lines strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	return lines.String()
}

func output(test, text string) event {
	return event{Action: "output", Package: "p", Test: test, Output: text}
}

// skippedPackage is one whose only test skipped itself.
var skippedPackage = []event{
	output("TestBrowser", "=== RUN   TestBrowser\n"),
	output("TestBrowser", "    browser_test.go:12: needs Chromium: apt-get install chromium\n"),
	output("TestBrowser", "--- SKIP: TestBrowser (0.00s)\n"),
	{Action: "skip", Package: "p", Test: "TestBrowser"},
	output("", "ok  \tp\t0.1s\n"),
	{Action: "pass", Package: "p"},
}

var reports = map[string]struct {
	events  []event
	noSkips bool
	fine    bool
	last    string
	shows   []string
	hides   []string
}{
	"a pass is one line": {
		events: []event{
			output("TestA", "chatter\n"), {Action: "pass", Package: "p", Test: "TestA"},
			output("", "PASS\n"), output("", "ok  \tp\t0.1s\n"), {Action: "pass", Package: "p"},
		},
		fine: true, last: "1 passed, 0 failed, 0 skipped", shows: []string{"ok  \tp\t0.1s\n"}, hides: []string{"chatter", "PASS", "Skipped"},
	},
	"a failure is shown in full, its neighbours are not": {
		events: []event{
			output("TestA", "chatter\n"), {Action: "pass", Package: "p", Test: "TestA"},
			output("TestB/one", "    b_test.go:3: two is not one\n"), {Action: "fail", Package: "p", Test: "TestB/one"},
			output("TestB", "--- FAIL: TestB\n"), {Action: "fail", Package: "p", Test: "TestB"},
			output("", "FAIL\tp\t0.1s\n"), {Action: "fail", Package: "p"},
		},
		last: "1 passed, 2 failed, 0 skipped", shows: []string{"b_test.go:3: two is not one", "FAIL\tp"}, hides: []string{"chatter"},
	},
	"a skip is listed with its reason": {
		events: skippedPackage, fine: true, last: "0 passed, 0 failed, 1 skipped",
		shows: []string{"Skipped, and how to have it:\n  needs Chromium: apt-get install chromium\n      p TestBrowser\n"},
	},
	"a skip fails where none is allowed": {
		events: skippedPackage, noSkips: true, last: "0 passed, 0 failed, 1 skipped", shows: []string{"counts as a failure"},
	},
	"a build that fails counts once": {
		events: []event{
			{Action: "build-output", ImportPath: "p", Output: "p.go:1: undefined: x\n"}, {Action: "build-fail", ImportPath: "p"},
			output("", "FAIL\tp [build failed]\n"), {Action: "fail", Package: "p"},
		},
		last: "0 passed, 1 failed, 0 skipped", shows: []string{"undefined: x", "[build failed]"},
	},
	"a package that ends in the middle shows everything": {
		events: []event{output("TestA", "about to leave\n"), {Action: "fail", Package: "p"}},
		last:   "0 passed, 1 failed, 0 skipped", shows: []string{"about to leave", "FAIL\tp"},
	},
	"a package without tests says nothing": {
		events: []event{output("", "?   \tp\t[no test files]\n"), {Action: "skip", Package: "p"}},
		fine:   true, last: "0 passed, 0 failed, 0 skipped", hides: []string{"no test files"},
	},
}

func TestReport(t *testing.T) {
	for name, c := range reports {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(strings.NewReader(stream(t, c.events...))); err != nil {
				t.Fatal(err)
			}
			if fine := r.end(c.noSkips); fine != c.fine {
				t.Errorf("fine is %v, want %v", fine, c.fine)
			}
			checkOutput(t, out.String(), c.last, c.shows, c.hides)
		})
	}
}

func checkOutput(t *testing.T, got, last string, shows, hides []string) {
	t.Helper()
	if !strings.HasSuffix(got, "\n"+last+"\n") && got != last+"\n" {
		t.Errorf("last line is not %q in:\n%s", last, got)
	}
	for _, s := range shows {
		if !strings.Contains(got, s) {
			t.Errorf("does not show %q:\n%s", s, got)
		}
	}
	for _, s := range hides {
		if strings.Contains(got, s) {
			t.Errorf("shows %q:\n%s", s, got)
		}
	}
}

func TestReportCutShort(t *testing.T) {
	var out strings.Builder
	r := newReport(&out)
	err := r.read(strings.NewReader(stream(t, output("TestA", "hello\n")) + "not an event\n"))
	if err == nil || r.end(false) {
		t.Errorf("a run that stopped early counts as fine: %v", err)
	}
	if !strings.Contains(out.String(), "not an event") {
		t.Error("a line that is no event was lost")
	}
}

func TestReason(t *testing.T) {
	for output, want := range map[string]string{
		"=== RUN   TestA\n    a_test.go:3: needs B\n--- SKIP: TestA (0.00s)\n": "needs B",
		"    a_test.go:3: needs B:\n        apt-get install b\n":               "needs B: apt-get install b",
		"--- SKIP: TestA (0.00s)\n":                                            "gave no reason",
	} {
		if got := reason(output); got != want {
			t.Errorf("reason(%q) = %q, want %q", output, got, want)
		}
	}
}

func TestParseArguments(t *testing.T) {
	for _, c := range []struct {
		arguments   string
		environment string
		noSkips     bool
		runs        [][]string
		bad         bool
	}{
		{arguments: "-- ./...", runs: [][]string{{"./..."}}},
		{arguments: "--no-skips -- ./...", noSkips: true, runs: [][]string{{"./..."}}},
		{arguments: "-- ./...", environment: "1", noSkips: true, runs: [][]string{{"./..."}}},
		{arguments: "-- ./...", environment: "0", runs: [][]string{{"./..."}}},
		{arguments: "-- ./... -- -race ./core", runs: [][]string{{"./..."}, {"-race", "./core"}}},
		{arguments: "--fast -- ./...", bad: true},
		{arguments: "", bad: true},
	} {
		noSkips, runs, err := parseArguments(strings.Fields(c.arguments), c.environment)
		if noSkips != c.noSkips || !reflect.DeepEqual(runs, c.runs) || (err != nil) != c.bad {
			t.Errorf("parseArguments(%q, %q) = %v, %q, %v", c.arguments, c.environment, noSkips, runs, err)
		}
	}
}

func FuzzReason(f *testing.F) {
	f.Add("    a_test.go:3: needs B\n--- SKIP: TestA (0.00s)\n")
	f.Fuzz(func(t *testing.T, output string) {
		if reason(output) == "" {
			t.Error("a skip without any reason shown")
		}
	})
}
