package mysql

import (
	"errors"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

var moved = &bunstore.Update{
	Table: "things", Set: []string{"keep_until", "change"}, Key: []string{"tenant", "id"},
	Where: []string{"version = ?", "COALESCE(ends, 0) = ?"}, Always: []string{"x IS NULL"},
}

func TestTextsForSeveralRows(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{updateText(moved, 2), "UPDATE things FORCE INDEX (PRIMARY) SET" +
			" keep_until = ELT(FIELD(CONCAT(LENGTH(tenant), ':', LENGTH(id), ':', tenant, id), ?, ?), CAST(? AS SIGNED), CAST(? AS SIGNED))," +
			" `change` = ELT(FIELD(CONCAT(LENGTH(tenant), ':', LENGTH(id), ':', tenant, id), ?, ?), CAST(? AS BINARY), CAST(? AS BINARY))," +
			" version = version + 1 WHERE (tenant, id) IN ((?, ?), (?, ?))" +
			" AND CONCAT(LENGTH(tenant), ':', LENGTH(id), ':', version, ':', COALESCE(ends, 0), ':', tenant, id) IN (?, ?) AND x IS NULL"},
		{standingText(moved, 2), "SELECT tenant, id, version, `change` FROM things FORCE INDEX (PRIMARY)" +
			" WHERE (tenant, id) IN ((?, ?), (?, ?))"},
		{insertText(&bunstore.Insert{Table: "things", Columns: []string{"tenant", "change"}}, 2),
			"INSERT INTO things (tenant, `change`, version) VALUES (?, ?, 1), (?, ?, 1)"},
		{lookupText(&bunstore.Lookup{Columns: "change AS a", Table: "things", Key: []string{"id"}}, 2),
			"SELECT r.id, `change` AS a FROM things r FORCE INDEX (PRIMARY) WHERE (r.id) IN ((?), (?))"},
		{lookupText(&bunstore.Lookup{Columns: "t.x AS a", Table: "things", Alias: "t", Key: []string{"id"}, Joins: " LEFT JOIN o ON o.id = t.o"}, 2),
			"SELECT t.id, t.x AS a FROM things t FORCE INDEX (PRIMARY) LEFT JOIN o ON o.id = t.o WHERE (t.id) IN ((?), (?))"},
	} {
		if c.got != c.want {
			t.Errorf("%s\nwant\n%s", c.got, c.want)
		}
	}
}

// change of the n-th request, the key of which is n as well.
func change(n int) []byte { return []byte{byte(n), 'c'} }

func wants(n int, version int64) *request {
	key := []byte{byte(n)}
	return &request{key: keyOf([]any{key}), args: []any{int64(n), change(n), []byte("t"), key, version, int64(0)}}
}

func TestWhatIsMissingIsTheLastRowOnceMore(t *testing.T) {
	k := &kind{statement: &bunstore.Statement{Update: moved}}
	args := k.updateArgs([]*request{wants(1, 7), wants(2, 8), wants(3, 9)}, 4)
	if want := 2*(4+4) + 2*4 + 4; len(args) != want {
		t.Fatalf("%d parameters, want %d", len(args), want)
	}
	last := "1:1:9:0:t\x03" // tenant, id, version, end: lengths and numbers, then bytes
	for n, want := range map[int]any{0: "1:1:t\x01", 3: "1:1:t\x03", 4: int64(1), 6: int64(3), 7: nil, 15: nil, 23: "\x03", 24: "1:1:7:0:t\x01", 26: last, 27: last} {
		if b, ok := args[n].([]byte); ok {
			args[n] = string(b)
		}
		if args[n] != want {
			t.Errorf("parameter %d is %q, want %q", n, args[n], want)
		}
	}
	for n, size := range map[int]int{2: 2, 3: 4, 8: 8, 9: 16, 33: 64, 64: 64} {
		if got := sizes[sizeFor(n)]; got != size {
			t.Errorf("%d rows go into a statement for %d, want %d", n, got, size)
		}
	}
}

// No two lists of values are written alike, and what is NULL is equal to nothing.
func TestAListOfValuesIsOneTextOfItsOwn(t *testing.T) {
	seen := map[string]int{}
	for n, args := range [][]any{
		{[]byte("a"), []byte("bc")}, {[]byte("ab"), []byte("c")}, {[]byte(""), []byte("abc")}, {[]byte("abc"), []byte("")},
		{int64(1), []byte("1:")}, {int64(11), []byte(":")}, {int64(-1), []byte("1:")}, {[]byte("1:"), int64(1)},
	} {
		text := string(textOfValues(args).([]byte))
		if at, there := seen[text]; there {
			t.Errorf("%d and %d are both %q", at, n, text)
		}
		seen[text] = n
	}
	if got := textOfValues([]any{[]byte("a"), nil}); got != nil {
		t.Errorf("NULL is written as %q", got)
	}
}

// Each row tells what became of its update as far as it can; the count tells the
// rest, or nobody knows.
func TestWhoWasRefusedIsToldByTheRows(t *testing.T) {
	own := func(n int, version int64) found { return found{version, change(n)} }
	foreign := func(version int64) found { return found{version, []byte("other")} }
	for name, c := range map[string]struct {
		met  int64
		rows []found // version 0: there is none
		want string  // of each: 1, 0, or ? where nobody knows
	}{
		"one had moved":             {1, []found{own(0, 8), foreign(8)}, "10"},
		"one is unlike":             {1, []found{own(0, 8), foreign(7)}, "10"},
		"one was not there":         {1, []found{own(0, 8), {}}, "10"},
		"one is far ahead":          {1, []found{own(0, 8), foreign(12)}, "10"},
		"changed, and then again":   {2, []found{own(0, 8), foreign(9), foreign(7)}, "110"},
		"changed, and then removed": {2, []found{own(0, 8), {}, foreign(8)}, "110"},
		"one of two":                {2, []found{own(0, 8), {}, foreign(9), foreign(8)}, "1??0"},
		"read too early":            {2, []found{own(0, 8), foreign(7), foreign(7)}, "???"},
	} {
		k := &kind{statement: &bunstore.Statement{Update: moved}}
		var heads []*request
		rows := map[string]found{}
		for n, row := range c.rows {
			r := wants(n, 7)
			heads = append(heads, r)
			if row.version > 0 {
				rows[r.key] = row
			}
		}
		k.judge(heads, rows, c.met)
		got := ""
		for _, r := range heads {
			switch {
			case r.err != nil:
				got += "?"
			case r.changed == 1:
				got += "1"
			default:
				got += "0"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if class, _ := classify(errUnknown); class != bunstore.Unavailable {
		t.Errorf("what nobody knows is of class %d", class)
	}
}

// Two batches lock alike, a row is in a statement once, and the statement fits into
// a packet.
func TestAStatementHasEachRowOnceInOrderAndFits(t *testing.T) {
	first, again := wants(2, 7), wants(2, 8)
	large := wants(4, 7)
	large.args[0] = make([]byte, most)
	batch := []*request{wants(3, 7), first, wants(1, 7), again, large, wants(5, 7)}
	got := ""
	for _, r := range headsOf(batch) {
		got += string('0' + r.args[3].([]byte)[0])
	}
	if got != "1235" || !again.alone || !large.alone || first.alone {
		t.Errorf("rows %s; alone: first %v, again %v, large %v", got, first.alone, again.alone, large.alone)
	}
	huge := wants(1, 7)
	huge.args[0] = make([]byte, 2*most)
	if heads := headsOf([]*request{wants(2, 7), huge}); len(heads) != 1 || heads[0] != huge {
		t.Errorf("%d rows beside one that is larger than a statement", len(heads))
	}
}

func TestWhoWantsTheSameIsRefusedWithoutBeingAsked(t *testing.T) {
	k := &kind{statement: &bunstore.Statement{Update: moved}}
	first, same, other, failed, after := wants(1, 7), wants(1, 7), wants(1, 8), wants(2, 7), wants(2, 7)
	first.changed, failed.err = 1, errUnknown
	for _, r := range []*request{same, other, after} {
		r.alone = true
	}
	k.refuseAlike([]*request{first, same, other, failed, after})
	if same.alone || same.changed != 0 {
		t.Error("who wanted the same version is not refused")
	}
	if !other.alone || !after.alone {
		t.Error("who wanted something else, or comes after what is not known, is not asked for")
	}
}

func TestOnlyWhatTheServerRefusedIsRunAgain(t *testing.T) {
	server := func(n uint16) error { return &driver.MySQLError{Number: n} }
	for want, errs := range map[bool][]error{
		true:  {server(1062), server(1213), server(1205), server(1615), server(1406), errors.New("sql: statement is closed")},
		false: {server(1053), server(1927), server(1317), server(1180), driver.ErrInvalidConn, errUnknown},
	} {
		for _, err := range errs {
			r := &request{}
			if leave([]*request{r}, err); r.alone != want || (r.err == nil) != want {
				t.Errorf("%v: runs alone %v", err, r.alone)
			}
		}
	}
}

func TestWhatIsTaken(t *testing.T) {
	p := &pipeline{}
	for want, list := range map[bool][]*bunstore.Statement{
		true: {{Update: moved}, {Lookup: &bunstore.Lookup{}}, {Insert: &bunstore.Insert{}}},
		false: {
			{}, {Update: &bunstore.Update{Set: []string{"change"}}},
			{Update: &bunstore.Update{Set: []string{"state"}, Where: []string{"version = ?"}}},
		},
	} {
		for n, s := range list {
			if p.Takes(s) != want {
				t.Errorf("%d: taken %v", n, !want)
			}
		}
	}
}
