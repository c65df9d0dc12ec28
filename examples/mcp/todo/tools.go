package todo

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// nothing is the input of a tool that takes none.
type nothing struct{}

type newItem struct {
	Text string `json:"text" jsonschema:"what has to be done"`
}

type number struct {
	Number int `json:"number" jsonschema:"the number of the item, from list_todos"`
}

// list is what each tool answers with.
type list struct {
	Todos []Item `json:"todos"`
}

func (s *Server) addTools() {
	add(s, ScopeRead, "list_todos", "List the person's todos.", func(who string, _ nothing) (list, error) {
		return list{s.lists.of(who)}, nil
	})
	add(s, ScopeWrite, "add_todo", "Add a todo.", func(who string, in newItem) (list, error) {
		err := s.lists.add(who, in.Text)
		return list{s.lists.of(who)}, err
	})
	add(s, ScopeWrite, "complete_todo", "Mark a todo as done.", func(who string, in number) (list, error) {
		err := s.lists.complete(who, in.Number)
		return list{s.lists.of(who)}, err
	})
}

// add adds a tool that takes a scope. The scope has been asked for before (requireScope), where a client understands the answer; what
// keeps people's lists safe is that it is asked for here.
func add[In any](s *Server, scope, name, describe string, run func(who string, in In) (list, error)) {
	s.needs[name] = scope
	mcp.AddTool(s.mcp, &mcp.Tool{Name: name, Description: describe}, func(_ context.Context, r *mcp.CallToolRequest, in In) (*mcp.CallToolResult, list, error) {
		token := tokenOf(r)
		if token == nil || !token.Has(scope) {
			return nil, list{}, fmt.Errorf("the access token lacks the scope %s", scope)
		}
		out, err := run(person(token), in)
		return nil, out, err
	})
}
