package handle

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// macKey computes HMAC-SHA-256 under one key, for many goroutines. States that
// have absorbed the key are kept and used again: that halves the cost.
type macKey struct {
	states sync.Pool
}

// macState is one HMAC state with room for what one computation needs, so
// that none of it is allocated each time.
type macState struct {
	hash hash.Hash
	in   [maxMACHandle]byte
	raw  [macInputSize + sha256.Size]byte
	sum  [sha256.Size]byte
}

func newMACKey(key [32]byte) *macKey {
	m := &macKey{}
	m.states.New = func() any { return &macState{hash: hmac.New(sha256.New, key[:])} }
	return m
}

func (m *macKey) get() *macState { return m.states.Get().(*macState) }

// put gives a state back, without what it worked on.
func (m *macKey) put(s *macState) {
	clear(s.in[:])
	clear(s.raw[:])
	clear(s.sum[:])
	m.states.Put(s)
}

// of returns the MAC of a message; the result is the state's own memory.
func (s *macState) of(message []byte) []byte {
	s.hash.Reset()
	_, _ = s.hash.Write(message)
	return s.hash.Sum(s.sum[:0])
}
