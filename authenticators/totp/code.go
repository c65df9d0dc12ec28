package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- what RFC 6238 and every app for it use; HMAC needs no collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every app understands (RFC 6238 section 4, RFC 4226 section 4).
const (
	digits    = 6
	period    = 30 * time.Second
	skew      = 1  // steps before and after the present one
	seedBytes = 20 // 160 bits
)

// newSeed is what codes are made from.
func newSeed() []byte {
	seed := make([]byte, seedBytes)
	_, _ = rand.Read(seed) // never fails: crypto/rand ends the process instead
	return seed
}

// stepOf is how many whole periods have passed since 1970.
func stepOf(at time.Time) uint64 {
	return uint64(max(at.Unix(), 0)) / uint64(period/time.Second) // #nosec G115 -- not negative
}

// codeAt is the code of one step: HOTP of the step's number (RFC 4226 section 5.3).
func codeAt(seed []byte, step uint64) string {
	mac := hmac.New(sha1.New, seed)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[from:from+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, n%1_000_000)
}

// match finds the step that a code belongs to, among the present one and its
// neighbours. It compares all of them, in the same time for all codes.
func match(seed []byte, at time.Time, code string) (step uint64, ok bool) {
	now := stepOf(at)
	for n := range uint64(2*skew + 1) {
		candidate := now + n - skew
		same := subtle.ConstantTimeCompare([]byte(codeAt(seed, candidate)), []byte(code))
		if same == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// key is the seed as an app takes it by hand.
func key(seed []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed)
}

// uri is what the QR code says: the key, and whose it is, as apps show it.
func uri(seed []byte, product, account string) string {
	label := strings.ReplaceAll(product, ":", " ")
	if account != "" {
		label += ":" + account
	}
	q := url.Values{
		"secret": {key(seed)}, "issuer": {strings.ReplaceAll(product, ":", " ")},
		"algorithm": {"SHA1"}, "digits": {fmt.Sprint(digits)}, "period": {fmt.Sprint(int(period / time.Second))},
	}
	// Apps read "+" as itself: a blank has to be %20.
	return "otpauth://totp/" + url.PathEscape(label) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}
