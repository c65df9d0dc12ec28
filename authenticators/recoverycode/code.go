package recoverycode

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/keywright/keywright/core"
)

const (
	setSize   = 10 // codes (requirement MF-02)
	codeBytes = 10 // 80 bits
	codeChars = 16
	few       = 3 // left, from where on the person is asked to make new ones
)

// alphabet has no letters that look like others (Crockford's base 32); what people
// write for them is read as them.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// draw makes one code: sixteen letters and digits, without the dashes.
func draw() string {
	random := make([]byte, codeBytes)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	var b strings.Builder
	bits, n := uint32(0), 0
	for _, c := range random {
		bits, n = bits<<8|uint32(c), n+8
		for n >= 5 {
			n -= 5
			b.WriteByte(alphabet[bits>>n&31])
		}
	}
	return b.String()
}

// shown is a code as people read it: in fours.
func shown(code string) string {
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

// parse reads what was typed: any case, blanks and dashes anywhere. empty says that
// nothing was typed at all; ok that it could be a code.
func parse(typed string) (code string, empty, ok bool) {
	const longest = 128 // bytes; beyond it nobody means a code
	if len(typed) > longest {
		return "", false, false
	}
	var b strings.Builder
	for _, r := range strings.ToLower(typed) {
		switch r {
		case ' ', '\t', '\u00a0', '-', '‐', '‑', '–', '—':
			continue
		case 'o':
			r = '0'
		case 'i', 'l':
			r = '1'
		}
		if !strings.ContainsRune(alphabet, r) {
			return "", false, false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == 0, b.Len() == codeChars
}

// handles are what a code of an account may be stored under: its hash with the key
// in use now, then with older ones.
func handles(t core.Turn, code string) []core.CredentialKey {
	var keys []core.CredentialKey
	for _, h := range t.Hash("recovery-code", t.Account.ID.String(), code) {
		keys = append(keys, core.CredentialKey{Kind: Method, Handle: t.Account.ID.String() + "." + hex.EncodeToString(h[:])})
	}
	return keys
}
