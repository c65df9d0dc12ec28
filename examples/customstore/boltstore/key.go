package boltstore

import (
	"encoding/binary"
	"time"

	"github.com/keywright/keywright/core"
)

// key is the name of a row or of an index entry: parts one after another. The
// tenant comes first, so one tenant's rows lie together, and no other tenant
// can name them. A part has a fixed length or is preceded by its length, so
// lists of different parts never give the same bytes: ("ab", "c") is not
// ("a", "bc"). Only rest may stand at the end without a length. Bytes sort as
// the parts do, since numbers are written with the highest byte first.
type key []byte

// tenantKey begins the keys of one tenant.
func tenantKey(tenant core.ID) key { return key(nil).id(tenant) }

// with appends to a copy: keys that begin alike share nothing.
func (k key) with(b []byte) key { return append(k[:len(k):len(k)], b...) }

func (k key) id(id core.ID) key    { return k.with(id[:]) }
func (k key) hash(h core.Hash) key { return k.with(h[:]) }
func (k key) number(n uint64) key  { return k.with(binary.BigEndian.AppendUint64(nil, n)) }
func (k key) time(t time.Time) key { return k.number(sortable(t)) }
func (k key) text(text string) key { return k.with(withLength(nil, text)) }
func (k key) rest(text string) key { return k.with([]byte(text)) }
func withLength(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}

// tenantOf reads the tenant that a key begins with.
func tenantOf(k []byte) core.ID { return core.ID(k[:len(core.ID{})]) }

// instantSize is how many bytes an instant takes in a key.
const instantSize = 8

// sortable makes a number of an instant, to the microsecond: the later, the
// greater, also before 1970.
func sortable(t time.Time) uint64 { return uint64(t.UnixMicro()) ^ 1<<63 }

// instant reads what sortable made.
func instant(n uint64) time.Time { return time.UnixMicro(int64(n ^ 1<<63)).UTC() }
