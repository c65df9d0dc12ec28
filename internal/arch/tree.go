// Package arch checks how a module is built: which package imports which, how long files and functions are, what is
// documented, that no package keeps state, and that its pages of Markdown name what exists. The rules are the caller's;
// see arch_test.go and docs_test.go in the root.
package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Fault is one place that breaks a rule.
type Fault struct {
	File string // slash-separated, from the root of the tree; or a package
	Line int    // 0 if the fault is the whole file's
	What string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What)
}

// A File is one Go file.
type File struct {
	Name      string // slash-separated, from the root of the tree
	Test      bool   // its name ends in _test.go
	Generated bool   // it says so, as `go generate` asks
	Lines     int
	Syntax    *ast.File
}

// Package is the folder of the file; "." is the root.
func (f File) Package() string { return path.Dir(f.Name) }

// A Tree is all Go files below a folder, in the order of their names.
type Tree struct {
	Files    []File
	position *token.FileSet
}

// Read parses every Go file below root, nested modules included. It leaves out what the go command leaves out:
// testdata, vendor, and names that begin with a dot or an underscore.
func Read(root string) (Tree, error) {
	tree := Tree{position: token.NewFileSet()}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != root && ignored(entry) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		file, err := tree.parse(root, name)
		tree.Files = append(tree.Files, file)
		return err
	})
	return tree, err
}

func ignored(entry fs.DirEntry) bool {
	name := entry.Name()
	return name[0] == '.' || name[0] == '_' || entry.IsDir() && (name == "testdata" || name == "vendor")
}

func (t Tree) parse(root, name string) (File, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return File{}, err
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return File{}, err
	}
	relative = filepath.ToSlash(relative)
	syntax, err := parser.ParseFile(t.position, relative, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	return File{
		Name:      relative,
		Test:      strings.HasSuffix(relative, "_test.go"),
		Generated: ast.IsGenerated(syntax),
		Lines:     strings.Count(string(source), "\n"),
		Syntax:    syntax,
	}, nil
}

func (t Tree) line(at token.Pos) int { return t.position.Position(at).Line }

// fault is a fault at a place in a file.
func (t Tree) fault(f File, at token.Pos, format string, values ...any) Fault {
	return Fault{File: f.Name, Line: t.line(at), What: fmt.Sprintf(format, values...)}
}

// packages are the files that are not tests, by folder, in the order of the folders' names.
func (t Tree) packages() [][]File {
	byFolder := map[string][]File{}
	for _, f := range t.Files {
		if !f.Test {
			byFolder[f.Package()] = append(byFolder[f.Package()], f)
		}
	}
	packages := make([][]File, 0, len(byFolder))
	for _, files := range byFolder {
		packages = append(packages, files)
	}
	slices.SortFunc(packages, func(a, b []File) int { return cmp.Compare(a[0].Package(), b[0].Package()) })
	return packages
}
