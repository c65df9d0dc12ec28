//go:build unix

package torture

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// people are the accounts in use.
type people struct {
	mu   sync.Mutex
	all  []*person
	lost map[*person]bool
}

func (p *people) add(one *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
}

// recent is one of those that were added last: most of the others have been disabled.
func (p *people) recent(random *rand.Rand, of int) *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.all), 2*of)
	if n == 0 {
		return nil
	}
	return p.all[len(p.all)-1-random.IntN(n)]
}

func (p *people) disable(one *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost[one] = true
}

func (p *people) gone(one *person) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost[one]
}

// operator does through the store what an operator does: small writes that end much.
type operator struct {
	run    *run
	random *rand.Rand
}

// operatorEvery is about how long an operator waits between two acts, in real time.
const operatorEvery = 500 * time.Millisecond

func (o *operator) work() {
	for o.run.loading() {
		o.run.wait(operatorEvery/2 + time.Duration(o.random.Int64N(int64(operatorEvery))))
		o.act()
	}
}

func (o *operator) act() {
	r := o.run
	p := r.people.recent(o.random, r.options.Callers)
	if p == nil {
		return
	}
	a := r.apps[o.random.IntN(len(r.apps))]
	switch n := o.random.IntN(100); {
	case n < 30:
		if o.account(p, "account disabled", func(a *core.Account) { a.Disabled = true }, history.End, history.EndSession) {
			r.people.disable(p)
		}
	case n < 50:
		o.account(p, "signed out everywhere", func(a *core.Account) { a.SignInEpoch++ }, history.EndSession)
	case n < 60:
		o.account(p, "all grants ended", func(a *core.Account) { a.GrantsEpoch++ }, history.End)
	case n < 70:
		o.client(a, "grants of the client ended", func(c *core.Client) { c.Epoch++ }, true)
	case n < 80:
		o.switchOff(a)
	case n < 95:
		o.withdraw(p)
	default:
		o.shorten()
	}
}

// account changes an account, until it is known that it was changed.
func (o *operator) account(p *person, what string, change func(*core.Account), kinds ...history.Kind) bool {
	r, drawn := o.run, core.NewID(o.run.clock.Now())
	call, ok := o.settle(what, func(ctx context.Context) error {
		a, err := r.store.Account(ctx, p.account)
		if err != nil || a.Change == drawn {
			return err
		}
		change(&a)
		a.Change = drawn
		return r.store.UpdateAccount(ctx, core.AccountChange{Account: a})
	})
	for _, call.Kind = range kinds {
		r.ledger.end(ending{call: call, account: p.account})
	}
	return ok
}

func (o *operator) client(a *app, what string, change func(*core.Client), ends bool) history.Call {
	r, drawn := o.run, core.NewID(o.run.clock.Now())
	call, _ := o.settle(what, func(ctx context.Context) error {
		c, err := r.store.Client(ctx, a.id)
		if err != nil || c.Change == drawn {
			return err
		}
		change(&c)
		c.Change = drawn
		return r.store.UpdateClient(ctx, c)
	})
	if call.Kind = history.End; ends {
		r.ledger.end(ending{call: call, client: a.id})
	}
	return call
}

// switchOff disables a client, ends what it was granted, and enables it again.
func (o *operator) switchOff(a *app) {
	r := o.run
	w := r.ledger.window(a.id, r.clock.Since())
	off := o.client(a, "client disabled", func(c *core.Client) { c.Disabled, c.Epoch = true, c.Epoch+1 }, true)
	if off.Outcome == history.Done {
		r.ledger.change(func() { w.OffTo = off.To })
	}
	r.wait(300*time.Millisecond + time.Duration(o.random.Int64N(int64(500*time.Millisecond))))
	r.ledger.change(func() { w.OnFrom = r.clock.Since() })
	on := o.client(a, "client enabled", func(c *core.Client) { c.Disabled = false }, false)
	if on.Outcome == history.Done {
		r.ledger.change(func() { w.OnTo = on.To })
	}
}

// withdraw takes back something that a person has agreed to.
func (o *operator) withdraw(p *person) {
	r, drawn := o.run, core.NewID(o.run.clock.Now())
	all, err := r.store.Consents(r.ctx, p.account, "", 100)
	if err != nil || len(all) == 0 {
		return
	}
	client := all[o.random.IntN(len(all))].Client
	call, _ := o.settle("consent withdrawn", func(ctx context.Context) error {
		c, _, err := r.store.Consent(ctx, p.account, client)
		if err != nil || c.Change == drawn {
			return err
		}
		c.Epoch, c.Access, c.Remembered, c.Change = c.Epoch+1, nil, false, drawn
		return r.store.UpdateConsent(ctx, c)
	})
	call.Kind = history.End
	r.ledger.end(ending{call: call, account: p.account, client: client})
}

// shorten lets the newest signing key of an algorithm retire soon, so that its successor is due.
func (o *operator) shorten() {
	r := o.run
	rows, err := r.store.Keys(r.ctx)
	if err != nil {
		return
	}
	var newest *core.Key
	algorithm := []string{"ES256", "EdDSA", "RS256"}[o.random.IntN(3)]
	for i := range rows {
		if k := &rows[i]; k.Use == core.KeySign && k.Algorithm == algorithm && (newest == nil || k.Epoch > newest.Epoch) {
			newest = k
		}
	}
	now := core.Instant(r.clock.Now())
	soon := now.Add(prePublish + 10*time.Second)
	if newest == nil || newest.ActiveAt.After(now) || newest.RetireAt.Before(soon) {
		return
	}
	newest.RetireAt, newest.Change = soon, core.NewID(now)
	_ = r.store.UpdateKey(r.ctx, *newest) // another time, if not now
}

// settle repeats an act until it is known to have taken place; its time is from the first attempt to the last.
func (o *operator) settle(what string, act func(context.Context) error) (history.Call, bool) {
	r := o.run
	call := history.Call{From: r.clock.Since(), Outcome: history.Done, Note: what}
	ok := r.insist(act)
	call.To = r.clock.Since()
	if !ok {
		call.Outcome, call.To = history.Unknown, history.Never
	}
	r.count.acts.Add(1)
	return call, ok
}

// insist repeats an act on the store until it is done, for a while.
func (r *run) insist(act func(context.Context) error) bool {
	for n := range 3 * maxAttempts {
		ctx, cancel := context.WithTimeout(r.ctx, patience)
		err := act(ctx)
		cancel()
		if err == nil {
			return true
		}
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) {
			r.violated(history.Unexpected, "the operator's store", "  "+err.Error()+"\n")
			return false
		}
		r.pause(n)
	}
	return false
}
