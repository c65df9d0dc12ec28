package conformance

import (
	"fmt"
	"reflect"
)

// same wants got to equal want, and names the first member that does not.
func same[V any](t *trial, want, got V, what string) {
	if d := difference(reflect.ValueOf(&want).Elem(), reflect.ValueOf(&got).Elem(), ""); d != "" {
		t.failf("%s: %s", what, d)
	}
}

// difference names the first member in which two values differ. Structs of
// other packages, such as time.Time, are compared whole: an instant must be in
// UTC and carry nothing below microseconds to be the same.
func difference(want, got reflect.Value, path string) string {
	if reflect.DeepEqual(want.Interface(), got.Interface()) {
		return ""
	}
	if want.Kind() == reflect.Struct && want.NumField() > 0 && want.Type().Field(0).IsExported() {
		for n := range want.NumField() {
			if d := difference(want.Field(n), got.Field(n), path+"."+want.Type().Field(n).Name); d != "" {
				return d
			}
		}
	}
	if path == "" {
		path = "value"
	}
	return fmt.Sprintf("%s is %s, want %s", path, shown(got), shown(want))
}

// shown is a value as far as a person wants to read it.
func shown(v reflect.Value) string {
	const most = 200
	s := fmt.Sprintf("%+v", v.Interface())
	if v.Kind() == reflect.String {
		s = fmt.Sprintf("%q", v.String())
	}
	if len(s) > most {
		return fmt.Sprintf("%s… (%d bytes)", s[:most], len(s))
	}
	return s
}
