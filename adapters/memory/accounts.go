package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
)

func accountKind() kind[core.ID, core.Account] {
	return kind[core.ID, core.Account]{
		table:   func(s *store) table[core.ID, core.Account] { return s.accounts },
		key:     func(a *core.Account) core.ID { return a.ID },
		compare: compareIDs,
		row:     func(a *core.Account) *core.Row { return &a.Row },
		columns: func(a *core.Account) core.Account {
			return core.Account{
				ID: a.ID, Disabled: a.Disabled, Deleted: a.Deleted,
				SignInEpoch: a.SignInEpoch, GrantsEpoch: a.GrantsEpoch,
			}
		},
		check: func(a *core.Account) error { return checkID("id of an account", a.ID) },
		index: func(s *store, was, is *core.Account) {
			if is == nil {
				s.forget(was.ID)
			}
		},
	}
}

// Account reads an account.
func (s *store) Account(ctx context.Context, id core.ID) (core.Account, error) {
	return read(ctx, s, accountKind(), id)
}

// AccountByIdentifier finds an account by the bytes of one of its identifiers.
func (s *store) AccountByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	if err := s.begin(ctx); err != nil {
		return core.Account{}, err
	}
	s.mu.RLock()
	r := s.accounts[s.identifiers[i]]
	s.mu.RUnlock()
	return decode(r)
}

// Identifiers lists what the account can be found by, in order.
func (s *store) Identifiers(ctx context.Context, account core.ID) ([]core.Identifier, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	all := make([]core.Identifier, 0, len(s.identifiersByAccount[account]))
	for i := range s.identifiersByAccount[account] {
		all = append(all, i)
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b core.Identifier) int {
		return strings.Compare(a.Kind+"\x00"+a.Value, b.Kind+"\x00"+b.Value)
	})
	return all, nil
}

// Accounts lists in order of id.
func (s *store) Accounts(ctx context.Context, p core.PageOf) ([]core.Account, error) {
	return list(ctx, s, accountKind(), p.After, p.Limit, rowsIn(s.accounts))
}
