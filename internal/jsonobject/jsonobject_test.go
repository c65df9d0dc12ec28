package jsonobject

import (
	"encoding/json"
	"math"
	"testing"
)

// sample has every kind of member, kept and left out.
type sample struct {
	S  string          `json:"s"`
	S2 string          `json:"s2,omitempty"`
	I  int64           `json:"i"`
	I2 int64           `json:"i2,omitempty"`
	B  bool            `json:"b"`
	B2 bool            `json:"b2,omitempty"`
	L  []string        `json:"l"`
	L2 []string        `json:"l2,omitempty"`
	O  json.RawMessage `json:"o"`
}

func (s *sample) write() ([]byte, error) {
	o := New(0)
	o.String("s", Always, s.S)
	o.String("s2", UnlessEmpty, s.S2)
	o.Int("i", Always, s.I)
	o.Int("i2", UnlessEmpty, s.I2)
	o.Bool("b", Always, s.B)
	o.Bool("b2", UnlessEmpty, s.B2)
	o.Strings("l", Always, s.L)
	o.Strings("l2", UnlessEmpty, s.L2)
	o.Other("o", s.O)
	return o.End()
}

func same(t *testing.T, v any, got []byte, err error) {
	t.Helper()
	want, errWant := json.Marshal(v)
	if string(got) != string(want) || (err == nil) != (errWant == nil) {
		t.Fatalf("%+v is written as %s, %v\nby encoding/json as %s, %v", v, got, err, want, errWant)
	}
}

func check(t *testing.T, s sample) {
	t.Helper()
	b, err := s.write()
	same(t, s, b, err)
	for _, m := range []map[string]any{
		{}, {s.S: s.S2}, {"b": s.B, "a": s.I, "s": s.S, "": s.L, s.S2: s.O, "n": nil, "i": int(s.I), "u": uint64(7), "f": 1.5},
	} {
		b, err := Marshal(m)
		same(t, m, b, err)
	}
}

// Every byte, beside others and within lists, and the ends of each type.
func TestObject(t *testing.T) {
	check(t, sample{})
	for _, s := range []sample{
		{S: "a", S2: "b", I: 1, I2: 2, B: true, B2: true, L: []string{"x", "", "y"}, L2: []string{""}, O: json.RawMessage(`{ "a" : [1] }`)},
		{I: math.MinInt64, I2: math.MaxInt64, L: []string{}, L2: []string{}},
		{O: json.RawMessage(`{`)},
	} {
		check(t, s)
	}
	for c := range 256 {
		for _, text := range []string{string([]byte{byte(c)}), "a" + string(rune(c)) + "b", string(rune(0x2000 + c))} {
			check(t, sample{S: text, S2: text + "x", L: []string{text, "", text}})
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add("a", "<b>", int64(1), true, `{"x": 1}`)
	f.Fuzz(func(t *testing.T, a, b string, i int64, yes bool, raw string) {
		check(t, sample{S: a, S2: b, I: i, I2: -i, B: yes, B2: !yes, L: []string{b, a}, O: json.RawMessage(raw)})
	})
}

func TestMarshal_nil(t *testing.T) {
	if b, err := Marshal(nil); string(b) != "{}" || err != nil {
		t.Errorf("%s, %v", b, err)
	}
}
