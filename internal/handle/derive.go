package handle

import "encoding/binary"

// Derive is a keyed pseudorandom function of this tenant, under the first root:
// for CSRF tokens, and for keyed hashes of codes that people type. Label and
// parts are each led by their length, so no two inputs run together.
func (r *Ring) Derive(label string, parts ...[]byte) [32]byte {
	return r.roots[0].prf(label, parts)
}

// DeriveAll is Derive under every root, in the order given to NewRing: the one
// that Derive uses comes first. A keyed hash made before a rotation is found
// under one of them.
func (r *Ring) DeriveAll(label string, parts ...[]byte) [][32]byte {
	all := make([][32]byte, len(r.roots))
	for i, keys := range r.roots {
		all[i] = keys.prf(label, parts)
	}
	return all
}

func (keys *rootKeys) prf(label string, parts [][]byte) (out [32]byte) {
	s := keys.derive.get()
	defer keys.derive.put(s)
	s.hash.Reset()
	s.writeLength(len(label))
	_, _ = s.hash.Write(append(s.in[:0], label...))
	for _, part := range parts {
		s.writeLength(len(part))
		_, _ = s.hash.Write(part)
	}
	s.hash.Sum(out[:0])
	return out
}

func (s *macState) writeLength(n int) {
	_, _ = s.hash.Write(binary.BigEndian.AppendUint64(s.raw[:0], uint64(n)))
}
