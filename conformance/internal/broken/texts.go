package broken

import (
	"context"
	"strconv"
	"strings"

	"github.com/keywright/keywright/core"
)

func textFaults() []Fault {
	clientIDs := func(change func(string) string) func(core.Database) core.Database {
		return stores(func(s core.Store) core.Store { return clientIDs{s, change} })
	}
	return []Fault{
		{"identifiers are compared without regard to case", "text.keys_compare_by_bytes", stores(func(s core.Store) core.Store {
			return identifiers{s, strings.ToLower}
		})},
		{"identifiers lose blanks at their end", "text.keys_compare_by_bytes", stores(func(s core.Store) core.Store {
			return identifiers{s, strings.TrimSpace}
		})},
		{"identifiers are cut at 255 bytes", "maxima.kept_whole", stores(func(s core.Store) core.Store {
			return identifiers{s, func(v string) string { return v[:min(len(v), 255)] }}
		})},
		{"client ids that look like numbers become numbers", "text.keys_compare_by_bytes", clientIDs(func(id string) string {
			if f, err := strconv.ParseFloat(id, 64); err == nil {
				return strconv.FormatFloat(f, 'g', -1, 64)
			}
			return id
		})},
		{"client ids lose what needs four bytes", "text.keys_come_back_equal", clientIDs(func(id string) string {
			return strings.Map(func(r rune) rune {
				if r > 0xffff {
					return '?'
				}
				return r
			}, id)
		})},
		{"client ids end at a NUL", "text.nul_kept_or_refused", clientIDs(func(id string) string {
			id, _, _ = strings.Cut(id, "\x00")
			return id
		})},
		{"client ids that are too long are cut", "maxima.told_apart_at_the_end", clientIDs(func(id string) string {
			return id[:min(len(id), core.MaxClientID)]
		})},
	}
}

type clientIDs struct {
	core.Store
	change func(string) string
}

func (s clientIDs) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	c.ID = s.change(c.ID)
	return s.Store.CreateClient(ctx, c, e...)
}

func (s clientIDs) Client(ctx context.Context, id string) (core.Client, error) {
	return s.Store.Client(ctx, s.change(id))
}

type identifiers struct {
	core.Store
	change func(string) string
}

func (s identifiers) CreateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	changed := make([]core.Identifier, len(c.PutIdentifiers))
	for n, i := range c.PutIdentifiers {
		changed[n] = core.Identifier{Kind: i.Kind, Value: s.change(i.Value)}
	}
	c.PutIdentifiers = changed
	return s.Store.CreateAccount(ctx, c, e...)
}

func (s identifiers) AccountByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	i.Value = s.change(i.Value)
	return s.Store.AccountByIdentifier(ctx, i)
}
