package history

import (
	"fmt"
	"slices"
	"sync"
)

// Keys collects what replicas publish and what they sign with. A client may have read the keys of any replica, at
// any time that its cache allows, before it is given a token (INV-Y2): wherever it did, the token must verify.
type Keys struct {
	// Age is how long a set of keys may be kept (max-age).
	Age Time

	mu     sync.Mutex
	sets   []published
	signed map[string]use
}

// published is what a replica answered, the same each time, from first to last.
type published struct {
	replica     string
	first, last Time
	names       []string
}

type use struct {
	at   Time
	note string
}

// Published notes what a replica answered to a question asked at the time given.
func (k *Keys) Published(replica string, asked Time, names []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range slices.Backward(k.sets) {
		s := &k.sets[i]
		if s.replica != replica {
			continue
		}
		if slices.Equal(s.names, names) {
			s.first, s.last = min(s.first, asked), max(s.last, asked)
			return
		}
		break
	}
	k.sets = append(k.sets, published{replica, asked, asked, names})
}

// Signed notes that a token under the key was answered to a question asked at the time given.
func (k *Keys) Signed(name string, asked Time, note string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.signed == nil {
		k.signed = map[string]use{}
	}
	if u, ok := k.signed[name]; !ok || asked < u.at {
		k.signed[name] = use{asked, note}
	}
}

// Used is how many keys have signed.
func (k *Keys) Used() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.signed)
}

// Check finds the sets that lack a key although a client may have kept them until it was given a token under it.
func (k *Keys) Check() []Violation {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []Violation
	for name, u := range k.signed {
		for _, s := range k.sets {
			if s.last >= u.at-k.Age && !slices.Contains(s.names, name) {
				all = append(all, Violation{BadSignature, "key " + name, fmt.Sprintf(
					"  replica %s answered %v from %s to %s\n  it signed at %s (%s)\n",
					s.replica, s.names, seconds(s.first), seconds(s.last), seconds(u.at), u.note)})
			}
		}
	}
	return all
}
