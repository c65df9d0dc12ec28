// Package reference writes the reference pages of the documentation from the
// source, so that they cannot say anything else.
package reference

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// Page is a reference page: where it goes and what it says.
type Page struct{ Path, Text string }

// Pages makes every reference page from the tree at root.
func Pages(root string) ([]Page, error) {
	config, err := configuration(root)
	if err != nil {
		return nil, err
	}
	errs, err := errorPage(root)
	if err != nil {
		return nil, err
	}
	return []Page{
		{filepath.Join("docs", "reference", "configuration.md"), config},
		{filepath.Join("docs", "reference", "errors.md"), errs},
	}, nil
}

// structs are the settings, in the order of the page.
var structs = []struct{ file, name, title string }{
	{"config.go", "Config", "Config"},
	{"config.go", "ServeOptions", "ServeOptions, for Run"},
	{"core/limits.go", "Lifetimes", "core.Lifetimes"},
	{"core/token.go", "Resource", "core.Resource"},
	{"core/token.go", "Scope", "core.Scope"},
	{"core/page.go", "Brand", "core.Brand"},
	{"core/hooks.go", "Hooks", "core.Hooks"},
	{"clientreg/seed.go", "Seed", "clientreg.Seed, in code or in a file"},
	{"clientreg/seed_secret.go", "Secret", "clientreg.Secret"},
	{"clientreg/seed.go", "Lifetimes", "clientreg.Lifetimes"},
	{"clientreg/dynamic.go", "DynamicOptions", "clientreg.DynamicOptions"},
	{"orgreg/seed.go", "Seeds", "orgreg.Seeds, in code or in a file"},
	{"orgreg/seed.go", "Organization", "orgreg.Organization"},
	{"orgreg/seed.go", "Connection", "orgreg.Connection"},
	{"authenticators/password/options.go", "Options", "password.Options"},
	{"ui/ui.go", "Options", "ui.Options"},
}

func configuration(root string) (string, error) {
	var page strings.Builder
	page.WriteString("# Configuration\n\nMade from the source by `make reference`; do not edit. The zero value of every setting is the strict\n" +
		"one. `keywright.New` reports every problem at once, each with its remedy.\n")
	for _, s := range structs {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, s.file), nil, parser.ParseComments)
		if err != nil {
			return "", err
		}
		found, doc := structIn(file, s.name)
		if found == nil {
			return "", fmt.Errorf("%s has no struct %s", s.file, s.name)
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n", s.title, oneLine(doc))
		writeFields(&page, found, strings.HasPrefix(s.file, "clientreg/seed") || strings.HasPrefix(s.file, "orgreg/"))
	}
	return page.String(), nil
}

// structIn finds a struct and its comment.
func structIn(file *ast.File, name string) (*ast.StructType, string) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok && t.Name.Name == name {
				if s, ok := t.Type.(*ast.StructType); ok {
					return s, gen.Doc.Text()
				}
			}
		}
	}
	return nil, ""
}

// writeFields writes one row for each field; fields that stand together under
// one comment share it. inFile adds the names of those that a file can hold.
func writeFields(page *strings.Builder, s *ast.StructType, inFile bool) {
	head, row := "| setting | meaning |\n|---|---|\n", "| `%s` |%.0s %s |\n"
	if inFile {
		head, row = "| setting | in a file | meaning |\n|---|---|---|\n", "| `%s` | %s | %s |\n"
	}
	page.WriteString(head)
	shared := ""
	for _, f := range s.Fields.List {
		if f.Doc != nil {
			shared = oneLine(f.Doc.Text())
		}
		text := shared
		if c := oneLine(f.Comment.Text()); c != "" {
			text = strings.TrimSpace(strings.TrimPrefix(c, "//"))
		}
		for _, n := range f.Names {
			if n.IsExported() {
				fmt.Fprintf(page, row, n.Name, fileName(f), escape(text))
			}
		}
	}
}

// fileName is what the field is called in a YAML file, if it can stand in one.
func fileName(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	_, after, ok := strings.Cut(f.Tag.Value, `yaml:"`)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(after, `"`)
	if name, _, _ = strings.Cut(name, ","); name == "" {
		return ""
	}
	return "`" + name + "`"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func escape(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
