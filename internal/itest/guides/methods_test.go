package guides

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The table of docs/scale.md says of every method of the store contract what it
// needs from an engine.
func TestEveryMethodHasItsNeeds(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/scale.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n| method | needs |")
	table, _, _ = strings.Cut(table, "\n\n")
	named := 0
	for _, method := range contract(t) {
		if !strings.Contains(table, "`"+method+"`") {
			t.Errorf("nothing is said of %s", method)
		}
		named++
	}
	if named < 60 || strings.Count(table, "`")/2 < named {
		t.Errorf("%d methods in the contract, %d names in the table", named, strings.Count(table, "`")/2)
	}
}

// contract lists the methods of all roles.
func contract(t *testing.T) (methods []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "core/store.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if role, ok := n.(*ast.InterfaceType); ok {
			for _, method := range role.Methods.List {
				for _, name := range method.Names {
					methods = append(methods, name.Name)
				}
			}
		}
		return true
	})
	return methods
}
