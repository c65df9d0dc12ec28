package resource

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// nonceLife is for how long a nonce is handed out; it is accepted as long again.
const nonceLife = 2 * time.Minute

// nonces makes and knows DPoP nonces without keeping any: each is the MAC of a span of time.
type nonces struct{ key []byte }

// check reports whether the nonce of a proof will do, and the one to use from now on if that is another.
func (n nonces) check(nonce string, now time.Time) (next string, fits bool) {
	if len(n.key) == 0 {
		return "", true // none is asked for
	}
	span := now.Unix() / int64(nonceLife/time.Second)
	current := n.at(span)
	switch {
	case hmac.Equal([]byte(nonce), []byte(current)):
		return "", true
	case hmac.Equal([]byte(nonce), []byte(n.at(span-1))):
		return current, true
	}
	return current, false
}

func (n nonces) at(span int64) string {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("keywright dpop nonce\x00"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(span)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
