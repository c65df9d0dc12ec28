package passwordhash

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// pepper is a secret and the name under which hashes made with it are marked. Its zero value is no pepper.
type pepper struct {
	id  string
	key []byte
}

func newPepper(key []byte) pepper {
	if len(key) == 0 {
		return pepper{}
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("keywright password pepper id"))
	return pepper{id: base64.RawStdEncoding.EncodeToString(mac.Sum(nil)[:6]), key: key}
}

// season is the input of argon2id: the password, or its HMAC under the pepper.
func (p pepper) season(password string) []byte {
	if p.key == nil {
		return []byte(password)
	}
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(password))
	return mac.Sum(nil)
}

// peppersFor finds the pepper with an id; no id is no pepper, which needs no configuration.
func (h *Hasher) peppersFor(id string) []pepper {
	if id == "" {
		return []pepper{{}}
	}
	for _, p := range h.peppers {
		if p.id == id {
			return []pepper{p}
		}
	}
	return nil
}
