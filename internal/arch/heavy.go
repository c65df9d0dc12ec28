package arch

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// A Graph is what each package imports, the standard library and test variants included, under the names that
// `go list -test` gives them: "p", "p [p.test]", "p_test [p.test]", "p.test".
type Graph map[string][]string

// ReadGraph asks the go command for the graph of all packages of the module in a folder, with their tests.
func ReadGraph(root string) (Graph, error) {
	command := exec.Command("go", "list", "-e", "-deps", "-test", "-f", `{{.ImportPath}}{{"\t"}}{{join .Imports "\t"}}`, "./...")
	command.Dir = root
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, complaints.String())
	}
	graph := Graph{}
	for line := range strings.Lines(string(output)) {
		names := strings.Split(strings.TrimSpace(line), "\t")
		graph[names[0]] = names[1:]
	}
	return graph, nil
}

// CheckReach finds packages of the module which, with their tests, reach a package that only those may reach which the
// exempt patterns name. Who imports a package fetches what its tests import as well (go mod tidy), so one browser driver
// in a test costs every user a hundred megabytes.
func (g Graph) CheckReach(module string, exempt, heavy []string) []Fault {
	var faults []Fault
	for name := range g {
		folder, is := within(module, name)
		if !is || strings.Contains(name, " ") || strings.HasSuffix(name, ".test") || allowed(exempt, folder) {
			continue
		}
		for _, start := range []string{name, name + ".test"} {
			if way := g.way(start, heavy); way != nil {
				faults = append(faults, Fault{File: folder, What: "reaches what only tests nobody imports may: " + strings.Join(way, " → ")})
				break
			}
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.File, b.File) })
	return faults
}

// way is a shortest way from a package to one that the patterns name; nil if there is none.
func (g Graph) way(start string, patterns []string) []string {
	from := map[string]string{start: ""}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if plain, _, _ := strings.Cut(name, " "); allowed(patterns, plain) {
			way := []string{}
			for ; name != ""; name = from[name] {
				way = append(way, name)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range g[name] {
			if _, seen := from[next]; !seen {
				from[next] = name
				queue = append(queue, next)
			}
		}
	}
	return nil
}
