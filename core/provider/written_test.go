package provider

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"
)

// Each field by itself and all together, of random values: a field without a line, or
// with one at another place, is not written as encoding/json does it.
func TestWritten(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for _, one := range []written{&tokenResponse{}, &accessClaims{}, &idTokenClaims{}, &introspectionResponse{}} {
		of := reflect.TypeOf(one).Elem()
		sameWritten(t, one)
		for range 50 {
			whole := reflect.New(of)
			for i := range of.NumField() {
				v, ok := quick.Value(of.Field(i).Type, r)
				if !ok {
					t.Fatalf("%s.%s has no random values", of.Name(), of.Field(i).Name)
				}
				single := reflect.New(of)
				single.Elem().Field(i).Set(v)
				sameWritten(t, single.Interface().(written))
				whole.Elem().Field(i).Set(v)
			}
			sameWritten(t, whole.Interface().(written))
		}
	}
	for _, scopes := range [][]string{nil, {}, {"one"}, {"<two>", ""}} {
		sameWritten(t, &accessClaims{Audience: scopes, AMR: scopes})
		sameWritten(t, &introspectionResponse{Audience: scopes, AMR: scopes})
	}
}

func sameWritten(t *testing.T, one written) {
	t.Helper()
	want, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.marshal(); err != nil || string(got) != string(want) {
		t.Fatalf("%T: a line of its marshal in core/provider/written.go is missing, or not as the field's tag says.\n"+
			"written %s, %v\nwanted  %s", one, got, err, want)
	}
}
