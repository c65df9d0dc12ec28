package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

// report turns events into readable output and remembers what was skipped.
type report struct {
	out     io.Writer
	race    bool // the run under way is one under the race detector
	passed  int
	failed  int
	skipped int
	reasons map[string][]string // why, and the tests that said so
	running map[string]*running // by package
}

// running is what a package has printed so far.
type running struct {
	order  []string // tests as they began; "" is the package itself
	output map[string]*strings.Builder
	failed []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, reasons: map[string][]string{}, running: map[string]*running{}}
}

// read follows one run of go test to its end. A line that is no event is shown as it is.
func (r *report) read(input io.Reader) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case line[0] != '{' || json.Unmarshal(line, &e) != nil:
			fmt.Fprintf(r.out, "%s", line)
		default:
			r.take(e)
		}
		if err == io.EOF {
			return r.unfinished()
		}
		if err != nil {
			return err
		}
	}
}

// unfinished fails packages that never said how they ended.
func (r *report) unfinished() error {
	names := make([]string, 0, len(r.running))
	for name := range r.running {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.endPackage(event{Action: "fail", Package: name})
	}
	if len(names) > 0 {
		return fmt.Errorf("go test stopped before the end of %s", strings.Join(names, ", "))
	}
	return nil
}

func (r *report) take(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "build-fail", "start", "run", "pause", "cont", "bench", "attr", "artifacts":
	case "output":
		r.of(e.Package).add(e.Test, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(e)
		}
	}
}

func (r *report) of(name string) *running {
	p := r.running[name]
	if p == nil {
		p = &running{output: map[string]*strings.Builder{}}
		r.running[name] = p
	}
	return p
}

func (p *running) add(test, output string) {
	text := p.output[test]
	if text == nil {
		text = &strings.Builder{}
		p.output[test] = text
		p.order = append(p.order, test)
	}
	text.WriteString(output)
}

// text is what a test has printed; nothing if it was silent.
func (p *running) text(test string) string {
	if text := p.output[test]; text != nil {
		return text.String()
	}
	return ""
}

func (r *report) endTest(e event) {
	p := r.of(e.Package)
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		p.failed = append(p.failed, e.Test)
	case "skip":
		r.skip(e.Package+" "+e.Test, reason(p.text(e.Test)))
	}
}

// endPackage prints one line for a package that passed, and everything its failed tests said for one that did not.
func (r *report) endPackage(e event) {
	p := r.of(e.Package)
	delete(r.running, e.Package)
	if e.Action != "fail" {
		for line := range strings.Lines(p.text("")) {
			if strings.HasPrefix(line, "ok") {
				fmt.Fprint(r.out, line)
			}
		}
		return
	}
	if len(p.failed) == 0 {
		r.failed++ // it did not build, or ended in the middle
	}
	for _, test := range p.order {
		// Where no test is to blame, all that was printed may say why.
		if test != "" && (len(p.failed) == 0 || slices.Contains(p.failed, test)) {
			fmt.Fprint(r.out, p.text(test))
		}
	}
	fmt.Fprint(r.out, p.text(""))
	if p.text("") == "" {
		fmt.Fprintf(r.out, "FAIL\t%s\n", e.Package)
	}
}

func (r *report) skip(test, why string) {
	r.skipped++
	if r.race {
		test += " (race)"
	}
	r.reasons[why] = append(r.reasons[why], test)
}

// source matches the file and line which the testing package puts before what a test says.
var source = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// reason is what a test said when it skipped itself.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "=== ") || strings.HasPrefix(strings.TrimSpace(line), "--- SKIP") {
			continue
		}
		if line = strings.TrimSpace(source.ReplaceAllString(line, "")); line != "" {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "gave no reason"
	}
	return strings.Join(said, " ")
}

// end prints what was skipped and the counts, and says whether all is well.
func (r *report) end(noSkips bool) bool {
	if r.skipped > 0 {
		fmt.Fprintln(r.out, "\nSkipped, and how to have it:")
	}
	reasons := make([]string, 0, len(r.reasons))
	for why := range r.reasons {
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	for _, why := range reasons {
		fmt.Fprintf(r.out, "  %s\n", why)
		for _, test := range r.reasons[why] {
			fmt.Fprintf(r.out, "      %s\n", test)
		}
	}
	refused := noSkips && r.skipped > 0
	if refused {
		fmt.Fprintln(r.out, "\nA skip counts as a failure here (KEYWRIGHT_NO_SKIPS, --no-skips).")
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	return r.failed == 0 && !refused
}
