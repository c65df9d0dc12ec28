package core

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"
)

// memberwiseTypes are all that name their members themselves.
func memberwiseTypes() []memberwise {
	return []memberwise{
		&GrantTerms{}, &GrantEpochs{}, &Access{}, &ConsentTerms{},
		&SessionTerms{}, &Authentication{}, &CredentialKey{}, &Profile{},
	}
}

// fresh is an empty value of the type of terms.
func fresh(terms memberwise) memberwise {
	return reflect.New(reflect.TypeOf(terms).Elem()).Interface().(memberwise)
}

// sameAsJSON compares both directions with encoding/json.
func sameAsJSON(t *testing.T, terms memberwise) {
	t.Helper()
	want, errWant := marshalPayload(terms, nil)
	got, err := marshalMembers(terms, nil)
	if string(got) != string(want) || (err == nil) != (errWant == nil) {
		t.Fatalf("%T is written as %s, %v\nby encoding/json as %s, %v", terms, got, err, want, errWant)
	}
	if err == nil {
		readAsJSON(t, fresh(terms), want)
	}
}

// readAsJSON compares reading, and says whether it took encoding/json to do it.
func readAsJSON(t *testing.T, terms memberwise, b []byte) (own bool) {
	t.Helper()
	want := fresh(terms)
	err := json.Unmarshal(b, want)
	if own = readMembers(b, terms); !own {
		return false
	}
	if err != nil || !isCurrent(b) || !reflect.DeepEqual(terms, want) {
		t.Fatalf("%s is read as %+v\nby encoding/json as %+v, %v", b, terms, want, err)
	}
	return true
}

// Each field by itself and all together: a field that is missing in the list, or at
// another place, is neither written nor read as encoding/json does it.
func TestMembers(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, terms := range memberwiseTypes() {
		of := reflect.TypeOf(terms).Elem()
		for range 50 {
			whole := fresh(terms)
			for i := range of.NumField() {
				one := fresh(terms)
				fill(r, reflect.ValueOf(one).Elem().Field(i))
				fill(r, reflect.ValueOf(whole).Elem().Field(i))
				want, _ := marshalPayload(one, nil)
				got, _ := marshalMembers(one, nil)
				if string(got) != string(want) || !readAsJSON(t, fresh(terms), want) {
					t.Fatalf("%s.%s is not in the list of %s.members, or not as its tag says: add a line for it in "+
						"core/members_hot.go, at the place that it has in the struct.\nwritten %s\nwanted  %s",
						of.Name(), of.Field(i).Name, of.Name(), got, want)
				}
			}
			sameAsJSON(t, fresh(terms))
			sameAsJSON(t, whole)
			if b, _ := marshalPayload(whole, nil); !readAsJSON(t, fresh(terms), b) {
				t.Fatalf("the lines of %s.members have not the order of the fields: %s", of.Name(), b)
			}
		}
	}
}

// Every byte and what encoding/json makes of it.
func TestMembers_strings(t *testing.T) {
	for c := range 256 {
		for _, s := range []string{string([]byte{byte(c)}), "a" + string(rune(c)) + "b", string(rune(0x2000 + c))} {
			sameAsJSON(t, &GrantTerms{Claims: s, AMR: []string{s, "", s}})
		}
	}
}

func TestMembers_edges(t *testing.T) {
	for _, terms := range []memberwise{
		&GrantTerms{Access: []Access{}, Failed: -1, Generation: 1<<64 - 1},
		&GrantTerms{Access: []Access{{}, {Scopes: []string{}}}, Failed: 1 << 62},
		&GrantTerms{Ends: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		&GrantTerms{Ends: time.Date(2026, 1, 1, 0, 0, 0, 1, time.FixedZone("", 3600))},
		&GrantTerms{Claims: strings.Repeat("x", MaxPayload)},
		&SessionTerms{Authentications: []Authentication{{}}},
		&Profile{Claims: map[string]json.RawMessage{"a": json.RawMessage(`{ "x": "}\\\"" }`), "b": json.RawMessage(`"<"`)}},
		&Profile{Claims: map[string]json.RawMessage{"a": json.RawMessage(`{`)}},
		&Profile{Address: &Address{}, Terms: &AcceptedTerms{}, FormerEmails: []FormerEmail{}},
	} {
		sameAsJSON(t, terms)
	}
}

// What this release would not have written is left to encoding/json, or read as it does.
func TestMembers_oddPayloads(t *testing.T) {
	for _, b := range []string{
		``, `{`, `{"v":1`, `{"v":1,`, `{"v":1}x`, `{"v":1} `, ` {"v":1}`, `{"v":12}`, `{"v":1,"v":2}`, `{"v":2}`,
		`{"v":1,"lane":"a","lane":"b"}`, `{"v":1,"LANE":"a"}`, `{"v":1,"lane": "a"}`, `{"v":1,"lane":null}`,
		`{"v":1,"lane":"a}`, `{"v":1,"lane":"a\`, `{"v":1,"lane":"\q"}`, `{"v":1,"lane":"\u00e9"}`, "{\"v\":1,\"lane\":\"\xff\"}",
		"{\"v\":1,\"lane\":\"\n\"}", `{"v":1,"lane":"a""b"}`, `{"v":1,"lane":{}}`, `{"v":1,"lane":"a","access":[{"s":["b"]}]}`,
		`{"v":1,"client_hash":"00"}`, `{"v":1,"client_hash":"\u0030"}`, `{"v":1,"client_hash":"`, `{"v":1,"access":[`,
		`{"v":1,"access":[,]}`, `{"v":1,"access":[{}]}`, `{"v":1,"access":[{"s":[]},]}`, `{"v":1,"access":[{"s":[1]}]}`,
		`{"v":1,"amr":["a",null]}`, `{"v":1,"amr":["a" ]}`, `{"v":1,"amr":[null]}`, `{"v":1,"offline":false}`, `{"v":1,"offline":truer}`,
		`{"v":1,"epochs":{"a":01}}`, `{"v":1,"epochs":{"a":-1}}`, `{"v":1,"epochs":{"a":1.5}}`, `{"v":1,"epochs":{"a":1e3}}`,
		`{"v":1,"epochs":{,"a":1}}`, `{"v":1,"epochs":{"a":1}`, `{"v":1,"epochs":{"a":18446744073709551615}}`,
		`{"v":1,"epochs":{"a":18446744073709551616}}`, `{"v":1,"failed":-2}`, `{"v":1,"ends":"2026-1-01T00:00:00Z"}`,
		`{"v":1,"ends":"2026-01-01T00:00:00,5Z"}`, `{"v":1,"ends":""}`, `{"v":1,"reason":"\ud800"}`, `{"v":1,"colour":"red"}`,
	} {
		bothRead(t, []byte(b))
	}
}

// bothRead compares all that reads a grant, or a profile, with what it was before it
// had lists of members.
func bothRead(t *testing.T, b []byte) {
	t.Helper()
	readAsJSON(t, &GrantTerms{}, b)
	readAsJSON(t, &SessionTerms{}, b)
	readAsJSON(t, &Profile{}, b)
	var got, want GrantTerms
	rest, err := unmarshalMembers(b, &got)
	restWant, errWant := unmarshalPayload(b, &want)
	if (err == nil) != (errWant == nil) || (err != nil && err.Error() != errWant.Error()) {
		t.Fatalf("%s: %v, by encoding/json %v", b, err, errWant)
	}
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(rest, restWant) {
		t.Fatalf("%s is read as %+v %v\nby encoding/json as %+v %v", b, got, rest, want, restWant)
	}
}

func FuzzMembers(f *testing.F) {
	r := rand.New(rand.NewSource(4))
	for _, terms := range memberwiseTypes() {
		fill(r, reflect.ValueOf(terms).Elem())
		b, err := marshalPayload(terms, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		bothRead(t, b)
		for _, terms := range memberwiseTypes() {
			if json.Unmarshal(b, terms) == nil {
				sameAsJSON(t, terms)
			}
		}
	})
}

// What a refresh does with its payload.
func BenchmarkGrantPayload(b *testing.B) {
	g := grantIn(GrantActive)
	g.Access = append(g.Access, Access{Resource: "https://api.example/v1", Scopes: []string{"read", "write"}})
	b.ReportAllocs()
	for b.Loop() {
		payload, err := g.MarshalPayload()
		if err != nil || g.UnmarshalPayload(payload) != nil {
			b.Fatal("not written or not read")
		}
	}
}
