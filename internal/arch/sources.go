package arch

import (
	"go/ast"
	"regexp"
)

// CheckSizes finds files and functions that are longer than the given numbers of lines. A function's lines are those
// between its braces. Generated files may have any length.
func (t Tree) CheckSizes(fileLines, functionLines int) []Fault {
	var faults []Fault
	for _, f := range t.Files {
		if f.Generated {
			continue
		}
		if f.Lines > fileLines {
			faults = append(faults, Fault{File: f.Name, What: t.fault(f, f.Syntax.Pos(), "%d lines, more than %d", f.Lines, fileLines).What})
		}
		for function := range functions(f) {
			if function.Body == nil {
				continue
			}
			lines := t.line(function.Body.Rbrace) - t.line(function.Body.Lbrace) - 1
			if lines > functionLines {
				faults = append(faults, t.fault(f, function.Pos(), "%s has %d lines, more than %d", function.Name.Name, lines, functionLines))
			}
		}
	}
	return faults
}

// functions are the functions and methods which a file declares.
func functions(f File) func(yield func(*ast.FuncDecl) bool) {
	return func(yield func(*ast.FuncDecl) bool) {
		for _, declaration := range f.Syntax.Decls {
			if function, is := declaration.(*ast.FuncDecl); is && !yield(function) {
				return
			}
		}
	}
}

var (
	later     = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	explained = regexp.MustCompile(`\b(TODO|FIXME|XXX)\([^)\s]+\): \S+ \S+`)
)

// CheckHabits finds init functions, and marks for later work that do not say whose it is and why.
func (t Tree) CheckHabits() []Fault {
	var faults []Fault
	for _, f := range t.Files {
		if f.Generated {
			continue
		}
		for function := range functions(f) {
			if function.Name.Name == "init" && function.Recv == nil {
				faults = append(faults, t.fault(f, function.Pos(), "init runs before anybody has asked; make what it makes in New or Start"))
			}
		}
		for _, group := range f.Syntax.Comments {
			for _, comment := range group.List {
				if later.MatchString(comment.Text) && !explained.MatchString(comment.Text) {
					faults = append(faults, t.fault(f, comment.Pos(), "left for later without a reason; say TODO(issue): why"))
				}
			}
		}
	}
	return faults
}
