package keywright

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/work"
)

// Work does for many providers what Provider.Work does for one, until the
// context ends. Those that were given the same Database share its work: one look
// for letters a second, one purge a minute and one goroutine that tends keys,
// however many they are. The first of them lends its clock and logger.
func Work(ctx context.Context, providers ...*Provider) {
	var all sync.WaitGroup
	for _, some := range byDatabase(providers) {
		all.Go(func() { workTogether(ctx, some) })
	}
	all.Wait()
}

// byDatabase groups providers. A Database that cannot be compared is nobody
// else's.
func byDatabase(providers []*Provider) (groups [][]*Provider) {
	at := map[core.Database]int{}
	for _, p := range providers {
		db := p.config.Database
		if !reflect.ValueOf(db).Comparable() {
			groups = append(groups, []*Provider{p})
			continue
		}
		n, ok := at[db]
		if !ok {
			n = len(groups)
			at[db], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], p)
	}
	return groups
}

func workTogether(ctx context.Context, some []*Provider) {
	first, of := some[0], make(map[core.ID]*Provider, len(some))
	w := &work.Worker{
		Database: first.config.Database, Now: first.config.Now, Logger: first.config.Logger,
		Letter: func(ctx context.Context, tenant core.ID, sealed []byte) (core.Mail, error) {
			return of[tenant].letter(ctx, tenant, sealed)
		},
		Mailer: func(tenant core.ID) core.Mailer { return of[tenant].config.Mailer },
		Tend:   func(ctx context.Context) error { return tendEach(ctx, some) },
		Note:   func(ctx context.Context) error { return noteEach(ctx, some) },
	}
	for _, p := range some {
		of[p.keys.Tenant] = p
		w.Tenants = append(w.Tenants, p.keys.Tenant)
		p.worker.PartOf(w)
		defer p.worker.PartOf(nil)
	}
	w.Run(ctx)
}

// tendEach tends everybody's keys, one after another. A store that does not
// answer for one will not for the next; any other trouble is that tenant's own.
func tendEach(ctx context.Context, some []*Provider) error {
	return forEach(ctx, some, func(p *Provider) error { return p.keys.Tend(ctx) })
}

// noteEach writes everybody's notes in the same way.
func noteEach(ctx context.Context, some []*Provider) error {
	return forEach(ctx, some, func(p *Provider) error { return p.note(ctx) })
}

func forEach(ctx context.Context, some []*Provider, do func(*Provider) error) error {
	var failed []error
	for _, p := range some {
		err := do(p)
		if err != nil {
			failed = append(failed, fmt.Errorf("tenant %q: %w", p.config.Tenant, err))
		}
		if ctx.Err() != nil || errors.Is(err, core.ErrUnavailable) {
			break
		}
	}
	return errors.Join(failed...)
}
