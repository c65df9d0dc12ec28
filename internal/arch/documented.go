package arch

import (
	"go/ast"
	"go/token"
	"slices"
)

// CheckDocumented finds packages and exported names without a comment, outside tests and commands. Methods that the
// standard library asks for by name (String, Error, …) explain themselves; so do methods of types that are not exported.
func (t Tree) CheckDocumented() []Fault {
	var faults []Fault
	for _, files := range t.packages() {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Syntax.Doc != nil }) {
			faults = append(faults, Fault{File: files[0].Package(), What: "the package has no comment"})
		}
		for _, f := range files {
			if f.Syntax.Name.Name == "main" || f.Generated {
				continue
			}
			for _, declaration := range f.Syntax.Decls {
				for _, name := range undocumented(declaration) {
					faults = append(faults, t.fault(f, name.Pos(), "%s is exported and has no comment", name.Name))
				}
			}
		}
	}
	return faults
}

// undocumented are the exported names of a declaration that have no comment of their own, nor share one.
func undocumented(declaration ast.Decl) []*ast.Ident {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && !selfExplaining(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Doc != nil && (d.Tok != token.TYPE || len(d.Specs) == 1) {
			return nil // one comment may cover a group of constants or variables
		}
		return undocumentedSpecs(d.Specs)
	}
	return nil
}

func undocumentedSpecs(specs []ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	for _, spec := range specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if s.Doc == nil && s.Comment == nil && name.IsExported() {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func selfExplaining(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return false
	}
	switch d.Name.Name {
	case "Error", "Unwrap", "String", "GoString", "Format", "LogValue", "Read", "Write", "Close", "ServeHTTP", "Len", "Less", "Swap",
		"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText":
		return true
	}
	return !receiverExported(d.Recv.List[0].Type)
}

func receiverExported(receiver ast.Expr) bool {
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return true
		}
	}
}
