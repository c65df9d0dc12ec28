package bench

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"sync"
)

// crowds are the callers of a run by who they are; a measurement takes as many
// of them as it needs.
type crowds map[Crowd][]*caller

// gather signs everybody in.
func gather(issuer string, n int, which []Crowd) (crowds, error) {
	all := crowds{}
	for _, c := range which {
		var err error
		if c == People {
			all[c], err = signedIn(issuer, n)
		} else {
			all[c], err = onePerson(issuer, n, c)
		}
		if err != nil {
			return nil, fmt.Errorf("signing in %s: %w", c, err)
		}
	}
	return all, nil
}

func newJar() (http.CookieJar, error) { return cookiejar.New(nil) }

// signedIn makes callers, each somebody else as far as accounts go.
func signedIn(issuer string, n int) ([]*caller, error) {
	list, shared := make([]*caller, n), &codes{}
	for i := range list {
		jar, err := newJar()
		if err != nil {
			return nil, err
		}
		list[i] = newCaller(issuer, email(i), jar)
		list[i].codes = shared
	}
	const atOnce = 2 // passwords are hashed, and only so many at a time
	return list, each(list, atOnce, func(c *caller) error { return c.signIn("", &c.tokens) }, func(c *caller) error { return c.signIn(apiJWT, &c.things) })
}

// onePerson makes callers who share one browser. The first of them signs in;
// each then has a grant of its own, or all have the same one.
func onePerson(issuer string, n int, kind Crowd) ([]*caller, error) {
	jar, err := newJar()
	if err != nil {
		return nil, err
	}
	list, shared := make([]*caller, n), &codes{}
	for i := range list {
		list[i] = newCaller(issuer, email(0), jar)
		list[i].codes = shared
	}
	if err := list[0].signIn("", &list[0].tokens); err != nil {
		return nil, err
	}
	if kind == Grant {
		return list, nil // renew gives out its tokens
	}
	return list, each(list[1:], 16, func(c *caller) error { return c.signIn("", &c.tokens) })
}

// renew gives everybody fresh tokens, so that none is over while it is used.
func renew(list []*caller, kind Crowd) error {
	if kind == Grant {
		first := list[0]
		if err := first.refresh(&first.tokens, ""); err != nil {
			return err
		}
		for _, c := range list {
			c.tokens = first.tokens
		}
		return nil
	}
	return each(list, 16, func(c *caller) error { return c.refresh(&c.tokens, "") }, func(c *caller) error {
		if c.things.Refresh == "" {
			return nil
		}
		return c.refresh(&c.things, apiJWT)
	})
}

// each has every caller do the same things, in order, a few callers at a time.
func each(list []*caller, atOnce int, do ...func(c *caller) error) error {
	failed := make([]error, len(list))
	free := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, c := range list {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			for _, one := range do {
				if failed[i] = one(c); failed[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(failed...)
}

// hangUp closes the connections of all.
func (all crowds) hangUp() {
	for _, list := range all {
		for _, c := range list {
			c.http.Transport.(*http.Transport).CloseIdleConnections()
			c.lean.close()
		}
	}
}
