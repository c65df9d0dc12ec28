package guides

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../../.."

// The table of docs/guides/databases.md names every message with which an
// adapter refuses to start, and none that there is not.
func TestEveryRefusalIsExplained(t *testing.T) {
	explained := messagesOf(t, "docs/guides/databases.md", "| message, after the name of the adapter |")
	said := refusals(t, "adapters/sqlite", "adapters/postgres", "adapters/mysql")
	if len(explained) < 30 || len(said) < 30 {
		t.Fatalf("only %d messages are explained and %d said", len(explained), len(said))
	}
	for _, message := range explained {
		if !slices.ContainsFunc(said, func(text string) bool { return holds(text, message) }) {
			t.Errorf("no adapter says %q", message)
		}
	}
	for _, text := range said {
		if !slices.ContainsFunc(explained, func(message string) bool { return holds(text, message) }) {
			t.Errorf("nothing explains %q", text)
		}
	}
}

// messagesOf reads the code spans in the first column of a table, which begins
// with a line that begins with head.
func messagesOf(t *testing.T, page, head string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n"+head)
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		if message, ok := strings.CutPrefix(line, "| `"); ok {
			message, _, _ = strings.Cut(message, "`")
			list = append(list, message)
		}
	}
	return list
}

// holds says whether text has the pieces of message, between which it has dots.
func holds(text, message string) bool {
	for piece := range strings.SplitSeq(message, "…") {
		_, rest, found := strings.Cut(text, strings.TrimSpace(piece))
		if !found {
			return false
		}
		text = rest
	}
	return true
}

var (
	verb    = regexp.MustCompile(`%(\[\d\])?[a-z]`)
	nothing = regexp.MustCompile(`^[a-z]*:? ?[… :%]*(is …)?[… :]*(; set it to .*)?$`) // whose words come from elsewhere
)

// later are files that speak while requests run, not at the start.
var later = []string{
	"dialect.go", "lanes.go", "train.go", "several.go", "several_write.go", "array.go", "batch.go", "batch_read.go", "batch_write.go", "batch_text.go", "prepared.go", "connection.go",
}

// refusals are the texts that errors are made of, with dots for what is put in.
func refusals(t *testing.T, folders ...string) (list []string) {
	t.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, name := range files {
			base := filepath.Base(name)
			if strings.HasSuffix(base, "_test.go") || slices.Contains(later, base) {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				list = append(list, textsIn(n)...)
				return true
			})
		}
	}
	return list
}

// textsIn are the texts among the arguments of what makes errors, and among the
// values of the tables called asserted and onNodes.
func textsIn(n ast.Node) (list []string) {
	var among []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		if slices.Contains([]string{"New", "Errorf", "Sprintf", "add", "append"}, called(n.Fun)) {
			among = n.Args
		}
	case *ast.ValueSpec:
		if slices.Contains([]string{"asserted", "onNodes"}, n.Names[0].Name) {
			for _, row := range n.Values[0].(*ast.CompositeLit).Elts {
				values := row.(*ast.CompositeLit).Elts
				among = append(among, values[len(values)-1])
			}
		}
	}
	for _, one := range among {
		text := verb.ReplaceAllString(constant(one), "…")
		if strings.Contains(text, " ") && !nothing.MatchString(text) {
			list = append(list, text)
		}
	}
	return list
}

func called(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// constant is the text of an expression, with dots for what is not one.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	}
	return "…"
}
