package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

var (
	moving = &bunstore.Statement{Text: "move one", Update: &bunstore.Update{
		Table: "things", Set: []string{"state", "keep_until"}, Key: []string{"tenant", "id"},
		Where: []string{"version = ?", "COALESCE(keep_until, 0) = ?"}, Always: []string{"x IS NULL"},
	}}
	adding = &bunstore.Statement{Text: "add one", Insert: &bunstore.Insert{Table: "things", Columns: []string{"tenant", "id", "keep_until"}}}
)

func TestTextsForSeveralRows(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{updateText(moving), "UPDATE things SET state = ($1::bytea[])[v.place], keep_until = ($2::bigint[])[v.place], version = version + 1" +
			" FROM unnest($3::bytea[]) WITH ORDINALITY AS v (first, place)" +
			" WHERE tenant = ANY (ARRAY[v.first]) AND id = ($4::bytea[])[v.place]" +
			" AND CASE WHEN version = ($5::bigint[])[v.place] AND COALESCE(keep_until, 0) = ($6::bigint[])[v.place] AND x IS NULL" +
			" THEN TRUE ELSE FALSE END RETURNING v.place"},
		{insertText(adding), "INSERT INTO things (tenant, id, keep_until, version) SELECT ($1::bytea[])[v.place], ($2::bytea[])[v.place]," +
			" ($3::bigint[])[v.place], 1 FROM unnest($1::bytea[]) WITH ORDINALITY AS v (first, place)"},
	} {
		if c.got != c.want {
			t.Errorf("%s\nwant\n%s", c.got, c.want)
		}
	}
}

// moves asks for a row by a key of one letter.
func moves(key string, size int) *request {
	return &request{statement: moving, key: key, args: []any{make([]byte, size), nil, []byte("t"), []byte(key), int64(1), int64(0)}}
}

// adds adds a row.
func adds(key string) *request {
	return &request{statement: adding, key: key, args: []any{[]byte("t"), []byte(key), nil}}
}

// TestWritersShareInTheOrderOfTheirKeys: neighbours of one kind share a statement,
// each row once, as far as one carries them; the order stays.
func TestWritersShareInTheOrderOfTheirKeys(t *testing.T) {
	list := func(of func(key string) *request, keys string) (all []*request) {
		for _, key := range keys {
			all = append(all, of(string(key)))
		}
		return all
	}
	move := func(key string) *request { return moves(key, 10) }
	large := func(key string) *request { return moves(key, most/10) }
	parts := &bunstore.Statement{Text: "part", Update: &bunstore.Update{Table: "parts", Key: []string{"tenant", "kind", "handle"}}}
	other := &bunstore.Statement{Text: "other"}
	of := func(s *bunstore.Statement) func(string) *request {
		return func(key string) *request { return &request{statement: s, key: key} }
	}
	all := &several{writes: true}
	for name, c := range map[string]struct {
		s     *several
		batch []*request
		want  string
	}{
		"of one kind":                    {all, list(move, "abcdef"), "abcdef"},
		"too few to be worth it":         {all, list(move, "ab"), "a b"},
		"new rows":                       {all, list(adds, "abc"), "abc"},
		"a row that two want":            {all, list(move, "abcdefffghijkl"), "abcdef f fghijkl"},
		"another kind between":           {all, append(list(move, "abcdef"), append(list(of(other), "g"), list(move, "hijklm")...)...), "abcdef g hijklm"},
		"new rows after others":          {all, append(list(move, "abcdef"), list(adds, "xyz")...), "abcdef xyz"},
		"more than a statement carries":  {all, list(large, "abcdefghijklm"), "abcdefghi jklm"},
		"a key of three columns":         {all, list(of(parts), "abcdef"), "a b c d e f"},
		"where plans are made each time": {nil, list(move, "abcdef"), "a b c d e f"},
		"where tables are read whole":    {&several{}, list(move, "abcdef"), "a b c d e f"},
	} {
		var got []string
		for _, p := range c.s.write(c.batch) {
			keys := ""
			for _, r := range p.requests {
				keys += r.key
			}
			got = append(got, keys)
			if alone := p.text == p.requests[0].statement.Text; alone != (len(p.requests) == 1) {
				t.Errorf("%s: %s is asked for by %s", name, keys, p.text)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestArraysHoldNULL(t *testing.T) {
	batch := []*request{moves("a", 1), moves("b", 0), moves("c", 2)}
	batch[0].args[1], batch[2].args[0] = int64(258), []byte(nil)
	args := arrays(moving, batch)
	head := func(oid byte) string {
		return "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00" + string(oid) + "\x00\x00\x00\x03\x00\x00\x00\x01"
	}
	const null = "\xff\xff\xff\xff"
	for n, want := range []string{
		head(17) + "\x00\x00\x00\x01\x00" + "\x00\x00\x00\x00" + null,
		head(20) + "\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x01\x02" + null + null,
	} {
		if got, err := args[n].(*array).binary(); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	batch[0].args[1] = []byte("no number")
	if _, err := args[1].(*array).binary(); err == nil {
		t.Error("bytes were written as a number")
	}
}

// TestEachIsToldOfItsOwnRow: a statement for several rows names those it changed. One
// that adds rows has added all of them.
func TestEachIsToldOfItsOwnRow(t *testing.T) {
	told := func(batch []*request) (got string) {
		for _, r := range batch {
			got += fmt.Sprint(r.changed)
		}
		return got
	}
	batch := []*request{moves("a", 1), moves("b", 1), moves("c", 1)}
	p := &passenger{requests: batch}
	for _, place := range []byte{3, 1} {
		if err := p.row(make([]pgconn.FieldDescription, 1), [][]byte{{0, 0, 0, 0, 0, 0, 0, place}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.count(2); err != nil || told(batch) != "101" {
		t.Errorf("%s, %v", told(batch), err)
	}
	batch = []*request{adds("a"), adds("b")}
	p = &passenger{requests: batch}
	if err := p.count(1); err == nil || told(batch) != "00" {
		t.Errorf("one of two rows was added, nobody knows whose: %s, %v", told(batch), err)
	}
	if err := p.count(2); err != nil || told(batch) != "11" {
		t.Errorf("%s, %v", told(batch), err)
	}
	if err := (&passenger{requests: batch[:1]}).count(0); err != nil || batch[0].changed != 0 {
		t.Errorf("%d rows, %v", batch[0].changed, err)
	}
}
