package conformance

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/keywright/keywright/core"
)

// fill gives every member of a struct a value that is not zero and that careless
// keeping would change, so that members added later are checked without anybody
// thinking of it.
func fill(pointer any) {
	n := 0
	fillValue(reflect.ValueOf(pointer).Elem(), &n)
}

func fillValue(v reflect.Value, n *int) {
	*n++
	if fillKnown(v, *n) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("é 😀 <&> %d \u2028 %s", *n, newID()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1<<31 + int64(*n))
	case reflect.Uint64:
		v.SetUint(1<<53 + uint64(*n)) // more than a float holds
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillValue(v.Index(0), n)
		fillValue(v.Index(1), n)
	case reflect.Map:
		fillMap(v, n)
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(v.Field(i), n)
		}
	default:
		panic(failure{fmt.Errorf("conformance: no value for a member of type %s", v.Type())})
	}
}

// fillKnown fills the types that have a form of their own.
func fillKnown(v reflect.Value, n int) bool {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = noon.Add(time.Duration(n) * time.Microsecond)
	case *core.ID:
		*p = newID()
	case *core.Hash:
		_, _ = rand.Read(p[:])
	case *json.RawMessage:
		*p = json.RawMessage(fmt.Sprintf(`{"n":%d,"text":"é 😀"}`, n))
	case *[]byte:
		*p = make([]byte, 32)
		_, _ = rand.Read(*p)
	default:
		return false
	}
	return true
}

func fillMap(v reflect.Value, n *int) {
	v.Set(reflect.MakeMap(v.Type()))
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	fillValue(key, n)
	fillValue(value, n)
	v.SetMapIndex(key, value)
}

// newRow is what a thing carries when the core creates it, with members of a
// later release in its payload.
func newRow() core.Row {
	return core.Row{
		Change: newID(), KeepUntil: noon.Add(365 * 24 * time.Hour),
		Rest: map[string]json.RawMessage{"v": json.RawMessage(`2`), "of_a_later_release": json.RawMessage(`{"kept":["é",1]}`)},
	}
}

func newHash() (h core.Hash) {
	_, _ = rand.Read(h[:])
	return h
}
