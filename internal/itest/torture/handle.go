//go:build unix

package torture

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/keywright/keywright/core"
)

// opened is what a handle says in clear: four bytes of key, the row's id and a number.
func opened(value string) (id core.ID, number int, ok bool) {
	at := strings.LastIndex(value[:min(len(value), 7)], "_")
	if at < 0 {
		return id, 0, false
	}
	b, err := base64.RawURLEncoding.DecodeString(value[at+1:])
	if err != nil || len(b) < 28 {
		return id, 0, false
	}
	copy(id[:], b[4:20])
	return id, int(binary.BigEndian.Uint64(b[20:28])), true
}
