package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	rounds = 30 // of an alternation
	slice  = 100 * time.Millisecond
)

// measureRotations rotates one family very often and compares it with young
// ones, before and after.
func measureRotations(ctx context.Context, store string, o ScaleOptions) (list []Compared, err error) {
	r, err := start(ctx, store, o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	m := &meter{hello: r.hello, target: r.target}
	old, err := r.family(0)
	if err != nil {
		return nil, err
	}
	for _, rotations := range []int{0, o.Rotations} {
		for range rotations {
			if err := old(); err != nil {
				return nil, err
			}
		}
		young, err := r.family(1)
		if err != nil {
			return nil, err
		}
		c, err := alternate(fmt.Sprintf("a family after %d rotations, beside a young one", rotations),
			side{[]func() error{young}, m}, side{[]func() error{old}, m}, rounds, slice)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// family signs somebody in and rotates the refresh token at each call.
func (r *running) family(n int) (func() error, error) {
	c, err := r.caller(n)
	if err != nil {
		return nil, err
	}
	if err := c.signIn("", &c.tokens); err != nil {
		return nil, err
	}
	return func() error { return c.refresh(&c.tokens, "") }, nil
}
