package password

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/keywright/keywright/internal/breach"
	"github.com/keywright/keywright/internal/passwordhash"
)

// Lengths of passwords, in code points (requirement PW-01).
const (
	minAlone    = 15 // the only factor
	minCombined = 8  // always together with a second one
	minCeiling  = 64 // nobody may be asked for more (PW-02)
	minPepper   = 32 // bytes
)

// Options for New. The zero value is good and the strictest.
type Options struct {
	// MinLength of a new password in code points: 15 where zero. 8 to 14 need
	// SecondFactor; more than 64 is refused.
	MinLength int
	// SecondFactor says that a password alone never signs anybody in. It only
	// lowers what MinLength may be.
	SecondFactor bool
	// SignUp lets people create accounts themselves.
	SignUp bool
	// Breach knows passwords that have leaked; nil knows none beyond the
	// dictionaries inside the program. See OpenBreachList.
	Breach BreachChecker
	// ServiceWords must not make up a password: names of the company and its
	// products. The name in the brand always counts.
	ServiceWords []string

	// Cost of new hashes; the zero value is 19 MiB, two passes, one thread.
	// Hashes of another cost verify and are replaced at the next sign-in.
	Cost Cost
	// Concurrency is how many hashes run at once: one per processor where zero.
	// What waits too long is answered with status 503.
	Concurrency int
	// Pepper is a secret of at least 32 bytes kept outside the database; empty
	// is none. OldPeppers verify what was made before it changed.
	Pepper     []byte
	OldPeppers [][]byte
	// InsecureCost allows a Cost below the default: for tests, whose passwords
	// are worth nothing.
	InsecureCost bool
}

// Cost of an argon2id hash (RFC 9106 section 4).
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// BreachChecker tells whether a password is known to others. An error turns
// nobody away (requirement PW-05).
type BreachChecker interface {
	Contains(password string) (bool, error)
}

// BreachList is a BreachChecker over an open file.
type BreachList interface {
	BreachChecker
	io.Closer
}

// OpenBreachList opens a sorted file of SHA-1 digests in hexadecimal, one in
// each line, as breach corpora are published. It is searched on disk and asks
// nobody over a network.
func OpenBreachList(path string) (BreachList, error) { return breach.Open(path) }

// check reports everything wrong with the options, each with its remedy.
func (o Options) check() error {
	var all []error
	if o.MinLength != 0 && o.MinLength < minCombined {
		all = append(all, fmt.Errorf("password: MinLength %d: at least %d", o.MinLength, minCombined))
	} else if o.MinLength != 0 && o.MinLength < minAlone && !o.SecondFactor {
		all = append(all, fmt.Errorf("password: MinLength %d: at least %d, unless SecondFactor is set", o.MinLength, minAlone))
	}
	if o.MinLength > minCeiling {
		all = append(all, fmt.Errorf("password: MinLength %d: at most %d", o.MinLength, minCeiling))
	}
	for _, p := range append([][]byte{o.Pepper}, o.OldPeppers...) {
		if len(p) != 0 && len(p) < minPepper {
			all = append(all, fmt.Errorf("password: a pepper of %d bytes: at least %d", len(p), minPepper))
		}
	}
	least := passwordhash.DefaultParams()
	if c := o.Cost; c != (Cost{}) {
		if c.Passes == 0 || c.Threads == 0 || c.Memory < 8*uint32(c.Threads) || c.Memory > 256<<10 || c.Passes > 16 || c.Threads > 16 {
			all = append(all, errors.New("password: Cost: give 8 KiB for each thread to 256 MiB, 1 to 16 passes, 1 to 16 threads"))
		} else if !o.InsecureCost && uint64(c.Memory)*uint64(c.Passes) < uint64(least.Memory)*uint64(least.Time) {
			all = append(all, errors.New("password: Cost is below the default: raise it, or leave it out"))
		}
	}
	for _, w := range o.ServiceWords {
		if !utf8.ValidString(w) {
			all = append(all, errors.New("password: ServiceWords: not text"))
		}
	}
	return errors.Join(all...)
}

func (o Options) hasher() *passwordhash.Hasher {
	return passwordhash.New(passwordhash.Options{
		Params:      passwordhash.Params{Memory: o.Cost.Memory, Time: o.Cost.Passes, Threads: o.Cost.Threads},
		Concurrency: o.Concurrency, Pepper: o.Pepper, OldPeppers: o.OldPeppers,
	})
}
