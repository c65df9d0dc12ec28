package reference

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errorPage lists what a client and what a person can be told.
func errorPage(root string) (string, error) {
	var page strings.Builder
	page.WriteString("# Errors\n\nMade from the source by `make reference`; do not edit.\n\n" +
		"Unknown, expired, replayed and foreign codes and tokens look the same from outside; the log says which, under\n" +
		"the number in the `X-Request-Id` header. A store that does not answer is `temporarily_unavailable` (503) and\n" +
		"never `invalid_grant`: a client that gets that answer throws its token away.\n\n" +
		"## What a client is told\n\nAs JSON with status 400 (401 for `invalid_client` and `invalid_token`, 403 for\n" +
		"`insufficient_scope`, 429, 500 and 503 as their names say), or as parameters of the redirect.\n\n")
	if err := writeCodes(&page, filepath.Join(root, "core", "oauth_error.go")); err != nil {
		return "", err
	}
	page.WriteString("\n## What a person is told\n\nOn a page of our own, never by a redirect.\n\n| name | status | heading | text |\n|---|---|---|---|\n")
	if err := writePages(&page, root); err != nil {
		return "", err
	}
	return page.String(), nil
}

// writeCodes lists the ErrorCode constants.
func writeCodes(page *strings.Builder, path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				continue
			}
			code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				return err
			}
			note := oneLine(v.Comment.Text())
			if note != "" {
				note = ": " + note
			}
			fmt.Fprintf(page, "- `%s`%s\n", code, note)
		}
	}
	return nil
}

// writePages lists the error pages with their English words.
func writePages(page *strings.Builder, root string) error {
	b, err := os.ReadFile(filepath.Join(root, "ui", "messages", "en.json"))
	if err != nil {
		return err
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "core", "page_error.go"), nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || len(lit.Elts) != 2 {
			return true
		}
		name, status := fieldValue(lit.Elts[0]), fieldValue(lit.Elts[1])
		if name == "" || status == "" {
			return true
		}
		name = strings.Trim(name, `"`)
		fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", name, status, escape(words["error."+name]), escape(words["error."+name+".text"]))
		return true
	})
	return nil
}

func fieldValue(e ast.Expr) string {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return ""
	}
	lit, ok := kv.Value.(*ast.BasicLit)
	if !ok {
		return ""
	}
	return lit.Value
}
