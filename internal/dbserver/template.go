//go:build unix

package dbserver

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// preparing is how long a template may take to make.
const preparing = 2 * time.Minute

// newTemplate makes a folder that servers are copied from. It lives as long as
// this process.
func newTemplate(kind string, p programs, fill func(context.Context, *home) error) (*home, error) {
	ctx, cancel := context.WithTimeout(context.Background(), preparing)
	defer cancel()
	h, err := newHome(kind, p, "KILL")
	if err != nil {
		return nil, err
	}
	h.password = rand.Text()
	if err := fill(ctx, h); err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return h, nil
}

// copy makes a folder like the template's for one server.
func (h *home) copy(ctx context.Context, kind, signal string) (*home, error) {
	c, err := newHome(kind, h.programs, signal)
	if err != nil {
		return nil, err
	}
	c.password = h.password
	if err := c.must(ctx, []string{"cp", "-Rp", h.data, c.data}, ""); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}
