package mysql

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// most is how many bytes of values one statement carries: the server takes packets
// of minPacket at least.
const most = minPacket / 4

// write answers a batch: one statement for at most one request of each row.
func (k *kind) write(batch []*request) {
	if len(batch) == 1 {
		k.writeOne(batch[0])
		return
	}
	leader := batch[0]
	for _, r := range batch {
		r.key = k.statement.Key(r.args)
	}
	heads := headsOf(batch)
	ctx, cancel := k.bounded(leader)
	defer cancel()
	switch {
	case len(heads) == 1:
		k.writeOne(heads[0])
	case k.statement.Insert != nil:
		k.insert(ctx, heads)
	default:
		k.update(ctx, heads)
	}
	if k.statement.Update != nil {
		k.refuseAlike(batch)
	}
}

// headsOf sorts a batch by its keys, so that two batches lock alike, and gives the
// first request of each row, as far as one statement carries them. The others run
// alone, unless what becomes of the first says what becomes of them.
func headsOf(batch []*request) []*request {
	slices.SortStableFunc(batch, func(a, b *request) int { return strings.Compare(a.key, b.key) })
	heads, size := make([]*request, 0, len(batch)), 0
	for _, r := range batch {
		again := len(heads) > 0 && heads[len(heads)-1].key == r.key
		if more := bunstore.Weight(r.args); again || len(heads) > 0 && size+more > most {
			r.alone = true
		} else {
			heads, size = append(heads, r), size+more
		}
	}
	return heads
}

// refuseAlike answers those who wanted the row of one before them under the same
// conditions. Either that one was refused and so are they at the same moment, or
// the version that they want has gone.
func (k *kind) refuseAlike(batch []*request) {
	conditions := len(k.statement.Update.Set)
	var head *request
	for _, r := range batch {
		switch {
		case head == nil || head.key != r.key:
			head = r
		case head.alone || head.err != nil:
		case r.alone && slices.EqualFunc(head.args[conditions:], r.args[conditions:], equal):
			r.alone, r.changed = false, 0
		}
	}
}

func equal(a, b any) bool {
	x, ok := a.([]byte)
	y, too := b.([]byte)
	if ok || too {
		return ok && too && bytes.Equal(x, y)
	}
	return a == b
}

// writeOne runs the statement for one row.
func (k *kind) writeOne(r *request) {
	r.alone = false
	r.changed, r.err = k.one.exec(r.ctx, r.args)
}

// insert adds several rows, or none where one cannot be.
func (k *kind) insert(ctx context.Context, heads []*request) {
	for len(heads) > 1 {
		at := sizeFor(len(heads)+1) - 1 // a row cannot be there twice: the largest size that is full
		rows := heads[:sizes[at]]
		heads = heads[sizes[at]:]
		var args []any
		for _, r := range rows {
			args = append(args, r.args...)
		}
		if _, err := k.several[at].exec(ctx, args); err != nil {
			leave(rows, err)
			continue
		}
		for _, r := range rows {
			r.changed = 1
		}
	}
	for _, r := range heads {
		k.writeOne(r)
	}
}

// update changes several rows, as far as each is as its caller believes.
func (k *kind) update(ctx context.Context, heads []*request) {
	at, _ := padded(heads)
	met, err := k.several[at].exec(ctx, k.updateArgs(heads, sizes[at]))
	switch {
	case err != nil:
		leave(heads, err)
	case met == int64(len(heads)):
		for _, r := range heads {
			r.changed = 1
		}
	case met > 0:
		k.tell(ctx, heads, met)
	}
}

// updateArgs are the parameters of an update of several rows: see updateText.
func (k *kind) updateArgs(heads []*request, size int) []any {
	u := k.statement.Update
	set, keys := len(u.Set), len(u.Key)
	_, list := padded(heads)
	args := make([]any, 0, size*(2*set+keys+1))
	names := make([]any, size)
	for n, r := range list {
		names[n] = textOfValues(r.args[set : set+keys])
	}
	for column := range set {
		args = append(args, names...)
		for n := range size {
			if n < len(heads) {
				args = append(args, heads[n].args[column])
			} else {
				args = append(args, nil) // never reached
			}
		}
	}
	for _, r := range list {
		args = append(args, r.args[set:set+keys]...)
	}
	for _, r := range list {
		args = append(args, textOfValues(r.args[set:]))
	}
	return args
}

// found is how a row stands after an update.
type found struct {
	version int64
	change  []byte
}

// tell finds out who of several has changed a row, of which so many were.
func (k *kind) tell(ctx context.Context, heads []*request, met int64) {
	rows, err := k.standingOf(ctx, heads)
	if err != nil {
		for _, r := range heads {
			r.err = errUnknown
		}
		return
	}
	k.judge(heads, rows, met)
}

// judge says what became of each update, where met of them took place. A row that
// bears a caller's change was changed by it. One that is gone, or whose version
// has moved by more than one, may have been before: then the number of those who
// are missing decides, or nobody knows.
func (k *kind) judge(heads []*request, rows map[string]found, met int64) {
	u := k.statement.Update
	change, version := slices.Index(u.Set, "change"), len(u.Set)+len(u.Key)+slices.Index(u.Where, "version = ?")
	var open []*request
	for _, r := range heads {
		row, there := rows[r.key]
		own, _ := r.args[change].([]byte)
		before, _ := r.args[version].(int64)
		switch {
		case there && bytes.Equal(row.change, own):
			r.changed = 1
			met--
		case there && row.version <= before+1: // refused
		default:
			open = append(open, r)
		}
	}
	switch {
	case met == 0:
	case met == int64(len(open)):
		for _, r := range open {
			r.changed = 1
		}
	case met > 0 && met < int64(len(open)):
		unknown(open)
	default: // what was read is not what was written
		unknown(heads)
	}
}

// unknown says that nobody knows what became of requests.
func unknown(requests []*request) {
	for _, r := range requests {
		r.changed, r.err = 0, errUnknown
	}
}

// standingOf reads how the rows of an update stand. It changed some of them, so
// that a lost connection is no reason not to ask again.
func (k *kind) standingOf(ctx context.Context, heads []*request) (rows map[string]found, err error) {
	u := k.statement.Update
	at, list := padded(heads)
	keys := len(u.Key)
	by := make(map[string]string, len(heads)) // what the row says by what the request says
	args := make([]any, 0, len(list)*keys)
	for _, r := range list {
		key := r.args[len(u.Set) : len(u.Set)+keys]
		by[keyOf(key)] = r.key
		args = append(args, key...)
	}
	const tries = 3
	for range tries {
		rows = make(map[string]found, len(heads))
		err = k.standing[at].query(ctx, args, func(row []cell) {
			rows[by[keyOfRow(row[:keys])]] = found{row[keys].Number, bytes.Clone(row[keys+1].Bytes)}
		})
		if err == nil {
			break
		}
		if class, _ := classify(err); class != bunstore.Broken && !undone(err) {
			break
		}
	}
	return rows, err
}
