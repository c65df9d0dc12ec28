package core

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// payload is what every stored thing has.
type payload interface {
	MarshalPayload() ([]byte, error)
	UnmarshalPayload([]byte) error
}

func storedTypes() []func() payload {
	return []func() payload{
		func() payload { return &Grant{} }, func() payload { return &Client{} }, func() payload { return &Account{} },
		func() payload { return &Credential{} }, func() payload { return &Session{} }, func() payload { return &Interaction{} },
		func() payload { return &Consent{} }, func() payload { return &Ticket{} }, func() payload { return &Key{} },
		func() payload { return &Event{} },
		func() payload { return &Organization{} }, func() payload { return &Group{} }, func() payload { return &Membership{} },
		func() payload { return &Connection{} },
	}
}

// fill sets every member that a payload holds to something random.
func fill(r *rand.Rand, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = Instant(testAt.Add(time.Duration(r.Int63n(1e15))))
		return
	case *json.RawMessage:
		*x = json.RawMessage(`{"keys":[1]}`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"a", "é🔑", `<&>"\`, "\u2028 \x00", strings.Repeat("x", 300)}[r.Intn(5)])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + r.Int63n(1<<50))
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(1 + uint64(r.Intn(255)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fill(r, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	}
}

// terms is the embedded struct that the payload holds: the last one embedded.
func terms(p payload) reflect.Value {
	v := reflect.ValueOf(p).Elem()
	for i := v.NumField() - 1; i >= 0; i-- {
		if f := v.Type().Field(i); f.Anonymous && f.Name != "Row" {
			return v.Field(i)
		}
	}
	panic("no terms")
}

func rest(p payload) map[string]json.RawMessage {
	f := reflect.ValueOf(p).Elem().FieldByName("Rest")
	if !f.IsValid() {
		return nil
	}
	return f.Interface().(map[string]json.RawMessage)
}

func TestPayload_roundTrips(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, fresh := range storedTypes() {
		for i := range 20 {
			wrote, read := fresh(), fresh()
			if i > 0 {
				fill(r, terms(wrote))
			}
			b, err := wrote.MarshalPayload()
			if err != nil {
				t.Fatal(err)
			}
			if err := read.UnmarshalPayload(b); err != nil {
				t.Fatalf("%T: %v\n%s", read, err, b)
			}
			if diff := cmp.Diff(terms(wrote).Interface(), terms(read).Interface(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%T: %s", read, diff)
			}
			if again, _ := read.MarshalPayload(); string(again) != string(b) {
				t.Fatalf("%T: %s became %s", read, b, again)
			}
			if rest(read) != nil || !isCurrent(b) {
				t.Fatalf("%T: left over %v of %.40s", read, rest(read), b)
			}
		}
	}
}

// A reader must not keep anything of a row it read before.
func TestPayload_readReplacesEverything(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for _, fresh := range storedTypes() {
		used, empty := fresh(), fresh()
		fill(r, terms(used))
		b, _ := empty.MarshalPayload()
		if err := used.UnmarshalPayload(b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(terms(empty).Interface(), terms(used).Interface(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%T: %s", used, diff)
		}
	}
}

func TestPayload_keepsWhatALaterReleaseWrote(t *testing.T) {
	for name, c := range map[string]struct{ read, want string }{
		"later, unknown":         {`{"v":7,"colour":"red","label":"x","secret":null}`, `{"v":7,"colour":"red","label":"x","secret":null}`},
		"later, nothing unknown": {`{"v":7,"secret":null}`, `{"v":7,"secret":null}`},
		"this, other order":      {`{"secret":null, "v":1}`, `{"v":1,"secret":null}`},
		"earlier":                {`{"v":0,"secret":null}`, `{"v":1,"secret":null}`},
		"no release":             {`{"secret":null,"colour":{"a":[1, 2]}}`, `{"v":1,"secret":null}`},
		"two digits":             {`{"v":10,"secret":null}`, `{"v":10,"secret":null}`},
		"later, other spelling":  {`{"v":2,"Secret":null,"b":{"a":[1, 2]}}`, `{"v":2,"b":{"a":[1,2]},"secret":null}`},
		"nothing":                {`{}`, `{"v":1,"secret":null}`},
	} {
		var p Credential
		if err := p.UnmarshalPayload([]byte(c.read)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b, err := p.MarshalPayload(); err != nil || string(b) != c.want {
			t.Errorf("%s: got %s, %v", name, b, err)
		}
	}
}

func TestPayload_refusals(t *testing.T) {
	for _, fresh := range storedTypes() {
		for _, bad := range []string{"", "[]", `{"v":1`, `{"v":"one"}`, `{"v":-1}`, "null1"} {
			if err := fresh().UnmarshalPayload([]byte(bad)); err == nil {
				t.Errorf("%T reads %q", fresh(), bad)
			}
		}
	}
	big := Credential{CredentialTerms: CredentialTerms{Label: strings.Repeat("x", MaxPayload)}}
	if _, err := big.MarshalPayload(); err == nil {
		t.Error("a payload over MaxPayload was written")
	}
}

// The names of members are what released rows hold; no two may meet, and none
// may be the release.
func TestPayload_memberNames(t *testing.T) {
	for _, fresh := range storedTypes() {
		seen := map[string]bool{"v": true, "": true}
		for _, name := range memberNames(terms(fresh()).Type()) {
			if seen[strings.ToLower(name)] {
				t.Errorf("%T has a member named %q", fresh(), name)
			}
			seen[strings.ToLower(name)] = true
		}
	}
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(`{"v":2,"x":{"y":1},"access":[{"s":["a"]}],"secret":""}`))
	f.Add([]byte(`{"V":2,"Access":null,"ends":"2026-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var g, again Grant
		if g.UnmarshalPayload(b) != nil {
			return
		}
		once, err := g.MarshalPayload()
		if err != nil {
			return // too long, or a year that cannot be written
		}
		if err := again.UnmarshalPayload(once); err != nil {
			t.Fatalf("%s became %s: %v", b, once, err)
		}
		if twice, err := again.MarshalPayload(); err != nil || string(twice) != string(once) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}

func TestLifetimes_or(t *testing.T) {
	d := reflect.ValueOf(DefaultLifetimes())
	if got := (Lifetimes{}).Or(DefaultLifetimes()); got != DefaultLifetimes() {
		t.Errorf("a member is forgotten: %+v", got)
	}
	for i := range d.NumField() {
		if d.Field(i).Int() == 0 {
			t.Errorf("%s has no default", d.Type().Field(i).Name)
		}
		var own Lifetimes
		reflect.ValueOf(&own).Elem().Field(i).SetInt(-5)
		if got := reflect.ValueOf(own.Or(DefaultLifetimes())).Field(i).Int(); got != -5 {
			t.Errorf("%s: got %d", d.Type().Field(i).Name, got)
		}
	}
	if err := quick.Check(func(l Lifetimes) bool { return l.Or(l) == l && l.Or(Lifetimes{}) == l }, nil); err != nil {
		t.Error(err)
	}
}
