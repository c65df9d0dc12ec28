package boltstore

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// Keys made of different things differ, however the things are chosen.
func TestKeysDiffer(t *testing.T) {
	a, b := core.ID{1}, core.ID{2}
	seen := map[string]string{}
	for what, k := range map[string]key{
		"two texts":               tenantKey(a).text("ab").text("c"),
		"cut elsewhere":           tenantKey(a).text("a").text("bc"),
		"one empty":               tenantKey(a).text("").text("abc"),
		"a length in a text":      tenantKey(a).text("ab\x00\x00\x00\x01c"),
		"of a neighbour":          tenantKey(b).text("ab").text("c"),
		"a neighbour's id inside": tenantKey(a).id(b).text("ab").text("c"),
		"a text like an id":       tenantKey(a).text(string(b[:])).text("ab").text("c"),
	} {
		if other, taken := seen[string(k)]; taken {
			t.Errorf("%s and %s have the same key", what, other)
		}
		seen[string(k)] = what
	}
}

// Keys that begin alike share no memory.
func TestKeysAreApart(t *testing.T) {
	k := append(make(key, 0, 64), tenantKey(core.ID{1})...)
	first := k.text("first")
	if k.text("other"); !bytes.HasSuffix(first, []byte("first")) {
		t.Error("a key changed when another was made of the same beginning")
	}
}

// Instants sort as bytes do, and come back to the microsecond.
func TestInstantsSort(t *testing.T) {
	inOrder := []time.Time{
		{},
		time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Unix(0, 0).UTC(),
		time.Date(2038, 1, 19, 3, 14, 8, 1000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	var keys []key
	for _, at := range inOrder {
		keys = append(keys, key(nil).time(at))
		if got := instant(sortable(at)); got != at {
			t.Errorf("%v comes back as %v", at, got)
		}
	}
	if !slices.IsSortedFunc(keys, func(a, b key) int { return bytes.Compare(a, b) }) {
		t.Error("not in order")
	}
}

// A value that is cut short is told, not read as something else.
func TestBrokenValues(t *testing.T) {
	r, err := accounts.encode(core.ID{1}, &account{
		Account: core.Account{ID: core.ID{2}}, identifiers: []core.Identifier{{Kind: "email", Value: "ada@example.com"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range r.value {
		if _, err := accounts.decode(r.value[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were read", n, len(r.value))
		}
	}
	if _, err := accounts.decode(r.value); err != nil {
		t.Error(err)
	}
}

// What rests on a transaction that did not become durable is not an answer.
func TestOutcome(t *testing.T) {
	disk := errors.New("no space left on device")
	for _, c := range []struct {
		what               string
		said, answer, want error
	}{
		{"done", nil, nil, nil},
		{"refused, nothing to undo", nil, core.ErrConflict, core.ErrConflict},
		{"refused and undone", core.ErrConflict, core.ErrConflict, core.ErrConflict},
		{"not durable", disk, nil, core.ErrUnavailable},
		{"refused because of what did not become durable", disk, core.ErrConflict, core.ErrUnavailable},
	} {
		got := outcome(c.said, c.answer)
		if !errors.Is(got, c.want) || errors.Is(got, core.ErrConflict) != errors.Is(c.want, core.ErrConflict) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}
