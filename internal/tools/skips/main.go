// Command skips runs go test and ends with what the tests had to skip and how to have it.
//
//	skips [--no-skips] -- arguments of go test [-- arguments of another go test] ...
//
// Each group of arguments is one run of go test. With --no-skips, or KEYWRIGHT_NO_SKIPS=1 in the environment, a
// skip is a failure. The last line reads "N passed, N failed, N skipped".
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	noSkips, runs, err := parseArguments(os.Args[1:], os.Getenv("KEYWRIGHT_NO_SKIPS"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	report := newReport(os.Stdout)
	for _, arguments := range runs {
		if err := testOnce(report, arguments); err != nil {
			fmt.Fprintln(os.Stderr, "skips:", err)
			report.failed++
		}
	}
	if !report.end(noSkips) {
		os.Exit(1)
	}
}

// parseArguments tells the option from the groups of arguments that follow each "--".
func parseArguments(arguments []string, environment string) (noSkips bool, runs [][]string, err error) {
	noSkips = environment != "" && environment != "0"
	for len(arguments) > 0 && arguments[0] != "--" {
		if arguments[0] != "--no-skips" {
			return false, nil, fmt.Errorf("skips: unknown option %q; usage: skips [--no-skips] -- arguments of go test", arguments[0])
		}
		noSkips = true
		arguments = arguments[1:]
	}
	for len(arguments) > 0 {
		rest := arguments[1:]
		end := slices.Index(rest, "--")
		if end < 0 {
			end = len(rest)
		}
		runs = append(runs, rest[:end])
		arguments = rest[end:]
	}
	if len(runs) == 0 {
		return false, nil, errors.New("skips: nothing to run; usage: skips [--no-skips] -- arguments of go test")
	}
	return noSkips, runs, nil
}

// testOnce runs go test with the arguments and tells the report all that happened.
func testOnce(report *report, arguments []string) error {
	race := slices.Contains(arguments, "-race")
	if race && !hasCompiler() {
		report.skip("the race detector", "needs a C compiler: apt-get install gcc libc6-dev, and CGO_ENABLED=1")
		return nil
	}
	fmt.Fprintln(report.out, "go test", strings.Join(arguments, " "))
	report.race = race
	command := exec.Command("go", append([]string{"test", "-json"}, arguments...)...)
	command.Env = append(os.Environ(), inMemory()...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	before := report.failed
	readErr := report.read(output)
	if readErr != nil {
		_, _ = io.Copy(io.Discard, output) // so that the command can end
	}
	if err := command.Wait(); err != nil && readErr == nil && report.failed == before {
		return fmt.Errorf("go test ended with %w, though no test failed", err)
	}
	return readErr
}

// hasCompiler says whether the race detector can be linked. Go itself turns cgo off where it finds no compiler.
func hasCompiler() bool {
	output, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	return err == nil && strings.TrimSpace(string(output)) == "1"
}
