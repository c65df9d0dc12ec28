package bench

import (
	"errors"
	"sync"
)

// issued is a code and what its redemption needs.
type issued struct{ code, verifier string }

// codes is a stock that all callers of a crowd take from, so that none is left
// with some when the others have none: that would measure fewer callers.
type codes struct {
	mu   sync.Mutex
	left []issued
}

func (s *codes) put(code issued) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = append(s.left, code)
}

func (s *codes) take() (code issued, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.left) == 0 {
		return issued{}, false
	}
	code = s.left[0]
	s.left = s.left[1:]
	return code, true
}

// clear forgets those of an earlier phase: they may be over by now.
func (s *codes) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = nil
}

// errSpent ends a caller's repeats: the stock is used up.
var errSpent = errors.New("bench: spent")

// redeemStock redeems the codes that stock made, one at a time.
func redeemStock(c *caller) func() error {
	return func() error {
		code, ok := c.codes.take()
		if !ok {
			return errSpent
		}
		return c.redeem(code, nil)
	}
}

func (c *caller) stock(n int) error {
	for range n {
		code, err := c.authorize()
		if err != nil {
			return err
		}
		c.codes.put(code)
	}
	return nil
}
