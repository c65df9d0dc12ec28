package passwordhash

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Caps on stored hashes. A row of the database must not be able to take the machine: whoever imports hashes may not be
// whoever runs it.
const (
	maxEncoded      = 512
	maxArgonMemory  = 256 << 10 // KiB
	maxArgonTime    = 16
	maxArgonWork    = 1 << 20 // KiB times passes: about a second
	maxArgonThreads = 16
	maxBcryptCost   = 14
	bcryptBytes     = 72
	maxScryptLogN   = 18
	maxScryptMemory = 128 << 20 // bytes
	maxScryptR      = 32
	maxScryptP      = 16
	maxScryptWork   = 512 << 20 // bytes times p
	minSalt         = 8
	maxSalt         = 64
	minDigest       = 16
	maxDigest       = 64
)

// kindOf is what stands between the first two dollar signs.
func kindOf(encoded string) string {
	rest, ok := strings.CutPrefix(encoded, "$")
	if !ok {
		return ""
	}
	kind, _, _ := strings.Cut(rest, "$")
	return kind
}

// argonHash is a PHC string: $argon2id$v=19$m=…,t=…,p=…[,keyid=…]$salt$digest, base64 without padding.
type argonHash struct {
	params       Params
	pepperID     string
	salt, digest []byte
}

// String writes the PHC string.
func (a argonHash) String() string {
	keyID := ""
	if a.pepperID != "" {
		keyID = ",keyid=" + a.pepperID
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d%s$%s$%s",
		a.params.Memory, a.params.Time, a.params.Threads, keyID, b64(a.salt), b64(a.digest))
}

func parseArgon(encoded string) (argonHash, error) {
	parts := strings.Split(encoded, "$") // "", argon2id, v=19, costs, salt, digest
	if len(parts) != 6 || parts[2] != "v=19" {
		return argonHash{}, ErrUnknownHash
	}
	var a argonHash
	costs := strings.Split(parts[3], ",")
	if len(costs) == 4 {
		id, ok := strings.CutPrefix(costs[3], "keyid=")
		if !ok || id == "" {
			return argonHash{}, ErrUnknownHash
		}
		a.pepperID, costs = id, costs[:3]
	}
	m, t, p, ok := threeCosts(costs, "m=", "t=", "p=")
	if !ok || t < 1 || t > maxArgonTime || p < 1 || p > maxArgonThreads || m < 8*p || m > maxArgonMemory || m*t > maxArgonWork {
		return argonHash{}, ErrUnknownHash
	}
	a.params = Params{Memory: uint32(m), Time: uint32(t), Threads: uint8(p)}
	a.salt, a.digest, ok = saltAndDigest(parts[4], parts[5])
	if !ok {
		return argonHash{}, ErrUnknownHash
	}
	return a, nil
}

// parseScrypt reads $scrypt$ln=…,r=…,p=…$salt$digest, where 2^ln is the cost.
func parseScrypt(encoded string) (func(string) bool, error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 5 {
		return nil, ErrUnknownHash
	}
	ln, r, p, ok := threeCosts(strings.Split(parts[2], ","), "ln=", "r=", "p=")
	if !ok || ln < 1 || ln > maxScryptLogN || r < 1 || r > maxScryptR || p < 1 || p > maxScryptP {
		return nil, ErrUnknownHash
	}
	if memory := 128 * r << ln; memory > maxScryptMemory || memory*p > maxScryptWork {
		return nil, ErrUnknownHash
	}
	salt, digest, ok := saltAndDigest(parts[3], parts[4])
	if !ok {
		return nil, ErrUnknownHash
	}
	return func(password string) bool {
		got, err := scrypt.Key([]byte(password), salt, 1<<ln, r, p, len(digest))
		return err == nil && equal(got, digest)
	}, nil
}

// parseBcrypt reads $2a$, $2b$ and $2y$. bcrypt sees 72 bytes and, in some versions, ends at a NUL, so a longer password or
// one with a NUL never fits; it takes the same work (threat PWD10).
func parseBcrypt(encoded string) (func(string) bool, error) {
	hash := []byte(encoded)
	cost, err := bcrypt.Cost(hash)
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if err != nil || cost > maxBcryptCost || len(hash) != 60 || hash[6] != '$' || strings.Trim(encoded[7:], alphabet) != "" {
		return nil, ErrUnknownHash
	}
	return func(password string) bool {
		whole := len(password) <= bcryptBytes && !strings.ContainsRune(password, 0)
		cut := password[:min(len(password), bcryptBytes)]
		return bcrypt.CompareHashAndPassword(hash, []byte(cut)) == nil && whole
	}, nil
}

// threeCosts reads three small numbers behind their names, in the order and spelling that PHC strings have.
func threeCosts(fields []string, first, second, third string) (a, b, c int, ok bool) {
	if len(fields) != 3 {
		return 0, 0, 0, false
	}
	var out [3]int
	for i, name := range [...]string{first, second, third} {
		digits, found := strings.CutPrefix(fields[i], name)
		number, err := strconv.ParseUint(digits, 10, 31)
		if !found || err != nil || digits != strconv.FormatUint(number, 10) {
			return 0, 0, 0, false
		}
		out[i] = int(number)
	}
	return out[0], out[1], out[2], true
}

func saltAndDigest(saltText, digestText string) (salt, digest []byte, ok bool) {
	b64 := base64.RawStdEncoding.Strict()
	salt, errSalt := b64.DecodeString(saltText)
	digest, errDigest := b64.DecodeString(digestText)
	ok = errSalt == nil && errDigest == nil && !strings.ContainsAny(saltText+digestText, "\r\n") &&
		len(salt) >= minSalt && len(salt) <= maxSalt && len(digest) >= minDigest && len(digest) <= maxDigest
	return salt, digest, ok
}
