package passwordhash

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// Errors of a Hasher. Those of a context come through as they are.
var (
	// ErrBusy: too many hashes are under way and waiting. Answer 503 with Retry-After.
	ErrBusy = errors.New("passwordhash: too many at once")
	// ErrUnknownHash: the stored text is damaged, of an unknown kind, too expensive, or made with a pepper that is not
	// configured. The password is refused like a wrong one; an operator should hear of it (threat PWD15).
	ErrUnknownHash = errors.New("passwordhash: stored hash not understood")
)

const (
	saltBytes   = 16
	digestBytes = 32
)

// Params is the cost of an argon2id hash (RFC 9106 section 4).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams is 19 MiB, two passes, one thread: the least that OWASP recommends, about 20 ms of one processor.
func DefaultParams() Params { return Params{Memory: 19 << 10, Time: 2, Threads: 1} }

// Options for New. The zero value is good.
type Options struct {
	// Params is the cost of new hashes. Zero means DefaultParams. Stored hashes of another cost verify and ask to be replaced.
	Params Params
	// Concurrency is how many hashes run at once. Zero means one for each processor Go may use.
	Concurrency int
	// Queue is how many callers may wait for a place; one more gets ErrBusy at once. Zero means 16 for each place.
	Queue int
	// Wait is the longest that a caller waits for a place before it gets ErrBusy. Zero means 2 seconds.
	Wait time.Duration
	// Pepper is a secret of at least 32 random bytes, kept outside the database, without which no stolen hash can be tried. Empty
	// means none.
	Pepper []byte
	// OldPeppers verify what was made before the pepper changed.
	OldPeppers [][]byte
}

// Hasher hashes and verifies passwords. It is safe for use by many goroutines.
type Hasher struct {
	params  Params
	gate    *gate
	pepper  pepper
	peppers []pepper
	calls   atomic.Uint64
}

// New makes a Hasher. One per process is enough; two would each take the whole machine.
func New(options Options) *Hasher {
	h := &Hasher{params: options.Params, gate: newGate(options), pepper: newPepper(options.Pepper)}
	if h.params == (Params{}) {
		h.params = DefaultParams()
	}
	h.peppers = append(h.peppers, h.pepper)
	for _, old := range options.OldPeppers {
		h.peppers = append(h.peppers, newPepper(old))
	}
	return h
}

// Calls is how many times a password hashing function has run, for tests that show when none did.
func (h *Hasher) Calls() uint64 { return h.calls.Load() }

// Hash returns a PHC string for a password that Normalise has returned. It fails with ErrBusy, ErrTooLong or the context's
// error.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > maxNormalised {
		return "", ErrTooLong
	}
	made := argonHash{params: h.params, pepperID: h.pepper.id, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(made.salt) // never fails
	err := h.run(ctx, func() { made.digest = made.params.digest(h.pepper.season(password), made.salt, digestBytes) })
	if err != nil {
		return "", err
	}
	return made.String(), nil
}

// Verify tells whether a password that Normalise has returned fits a stored hash, and if it does, whether the hash should be
// replaced by a new one (older cost, pepper or kind). An error means that nothing was decided: ErrBusy, ErrTooLong or the
// context's; ErrUnknownHash alone is final, and has taken the time of a hash.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (ok, upgrade bool, err error) {
	if len(password) > maxNormalised {
		return false, false, ErrTooLong
	}
	check, current, err := h.parse(encoded)
	if err != nil {
		if busy := h.Spend(ctx, password); busy != nil {
			return false, false, busy
		}
		return false, false, err
	}
	if err := h.run(ctx, func() { ok = check(password) }); err != nil {
		return false, false, err
	}
	return ok, ok && !current, nil
}

// Spend does the work of a verification and forgets the result: for an account that does not exist or has no password. Its
// errors are those of Verify, so that a busy machine answers both alike.
func (h *Hasher) Spend(ctx context.Context, password string) error {
	if len(password) > maxNormalised {
		return ErrTooLong
	}
	return h.run(ctx, func() { h.params.digest(h.pepper.season(password), make([]byte, saltBytes), digestBytes) })
}

func (h *Hasher) run(ctx context.Context, hash func()) error {
	if err := h.gate.enter(ctx); err != nil {
		return err
	}
	defer h.gate.leave()
	h.calls.Add(1)
	hash()
	return nil
}

// Check returns ErrUnknownHash for a stored hash that Verify would not understand, whatever the pepper, without hashing.
func Check(encoded string) error {
	if len(encoded) > maxEncoded {
		return ErrUnknownHash
	}
	var err error
	switch kindOf(encoded) {
	case "argon2id":
		_, err = parseArgon(encoded)
	case "scrypt":
		_, err = parseScrypt(encoded)
	case "2a", "2b", "2y":
		_, err = parseBcrypt(encoded)
	default:
		err = ErrUnknownHash
	}
	return err
}

// parse returns the test that a stored hash stands for, and whether it is as a new one would be.
func (h *Hasher) parse(encoded string) (check func(password string) bool, current bool, err error) {
	if len(encoded) > maxEncoded {
		return nil, false, ErrUnknownHash
	}
	switch kindOf(encoded) {
	case "argon2id":
		a, err := parseArgon(encoded)
		if err != nil {
			return nil, false, err
		}
		for _, p := range h.peppersFor(a.pepperID) {
			current := a.params == h.params && p.id == h.pepper.id && len(a.salt) >= saltBytes && len(a.digest) >= digestBytes
			return func(password string) bool {
				return equal(a.params.digest(p.season(password), a.salt, uint32(len(a.digest))), a.digest)
			}, current, nil
		}
		return nil, false, fmt.Errorf("%w: its pepper is not configured", ErrUnknownHash)
	case "scrypt":
		check, err := parseScrypt(encoded)
		return check, false, err
	case "2a", "2b", "2y":
		check, err := parseBcrypt(encoded)
		return check, false, err
	}
	return nil, false, ErrUnknownHash
}

func (p Params) digest(input, salt []byte, length uint32) []byte {
	return argon2.IDKey(input, salt, p.Time, p.Memory, p.Threads, length)
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
