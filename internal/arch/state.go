package arch

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
)

// CheckState finds state that a package keeps: variables of the package which its functions assign to, and ones that
// exist only to be changed (locks, atomics). Tables, sentinel errors, expressions and embedded files, which nobody assigns
// to after their declaration, are none. Tests may do as they like.
func (t Tree) CheckState() []Fault {
	var faults []Fault
	for _, files := range t.packages() {
		uses := t.resolve(files)
		for _, f := range files {
			if f.Generated {
				continue
			}
			faults = append(faults, t.checkDeclared(f)...)
			faults = append(faults, t.checkAssigned(f, uses)...)
		}
	}
	return faults
}

// resolve tells names of the package from local ones. What is imported need not be known for that, so nothing is loaded
// and the complaints about it are of no interest.
func (t Tree) resolve(files []File) map[*ast.Ident]types.Object {
	syntax := make([]*ast.File, 0, len(files))
	for _, f := range files {
		syntax = append(syntax, f.Syntax)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: nothing{}, Error: func(error) {}}
	_, _ = config.Check(files[0].Package(), t.position, syntax, info)
	return info.Uses
}

// nothing is an importer that finds nothing.
type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not loaded") }

func (t Tree) checkDeclared(f File) []Fault {
	var faults []Fault
	for _, declaration := range f.Syntax.Decls {
		group, is := declaration.(*ast.GenDecl)
		if !is || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			value, is := spec.(*ast.ValueSpec)
			if is && changeable(value.Type) {
				faults = append(faults, t.fault(f, value.Pos(), "%s is state of the package; keep it in a value that New or Start makes", value.Names[0].Name))
			}
		}
	}
	return faults
}

// changeable says whether a type is of no use unless it changes.
func changeable(kind ast.Expr) bool {
	if generic, is := kind.(*ast.IndexExpr); is {
		kind = generic.X
	}
	selector, is := kind.(*ast.SelectorExpr)
	if !is {
		return false
	}
	from, is := selector.X.(*ast.Ident)
	if !is {
		return false
	}
	switch from.Name + "." + selector.Sel.Name {
	case "sync.Mutex", "sync.RWMutex", "sync.Map", "sync.Once", "sync.WaitGroup":
		return true
	}
	return from.Name == "atomic"
}

func (t Tree) checkAssigned(f File, uses map[*ast.Ident]types.Object) []Fault {
	var faults []Fault
	judge := func(changed ast.Expr) {
		name := root(changed)
		if name == nil {
			return
		}
		if owner := shared(uses[name]); owner != "" {
			faults = append(faults, t.fault(f, changed.Pos(), "changes %s, a variable of %s; keep it in a value that New or Start makes", name.Name, owner))
		}
	}
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		for _, changed := range changes(node) {
			judge(changed)
		}
		return true
	})
	return faults
}

// shared says whose a variable is that more than one call can see; nothing for any other name.
func shared(object types.Object) string {
	switch o := object.(type) {
	case *types.PkgName:
		return "another package"
	case *types.Var:
		if o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
			return "the package"
		}
	}
	return ""
}

// changes are the expressions whose value a statement changes.
func changes(node ast.Node) []ast.Expr {
	switch n := node.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		if called, is := n.Fun.(*ast.Ident); is && len(n.Args) > 0 && (called.Name == "delete" || called.Name == "clear") {
			return n.Args[:1]
		}
	}
	return nil
}

// root is the variable that x.y[z] begins with.
func root(expression ast.Expr) *ast.Ident {
	for {
		switch e := expression.(type) {
		case *ast.Ident:
			return e
		case *ast.SelectorExpr:
			expression = e.X
		case *ast.IndexExpr:
			expression = e.X
		case *ast.StarExpr:
			expression = e.X
		case *ast.ParenExpr:
			expression = e.X
		default:
			return nil
		}
	}
}
