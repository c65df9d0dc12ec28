package provider

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
)

// A hook that changes what it is asked about changes nothing for this request, for
// others that run at the same time, or for what is stored. The race detector sees
// what they share.
func TestWhatAHookChangesIsItsOwn(t *testing.T) {
	r := newRig(t)
	app := r.client("app")
	r.Hooks.Grant = func(_ context.Context, g core.Grant, c core.Client) error {
		for _, list := range [][]string{c.GrantTypes, c.Scopes, c.Resources, c.RedirectURIs, g.AMR, g.Access[0].Scopes} {
			for n := range list {
				list[n] = "changed"
			}
		}
		for n := range c.Secrets {
			c.Secrets[n].Hash = core.Hash{}
		}
		return nil
	}
	const want = "read write"
	var all sync.WaitGroup
	for range 8 {
		code := r.code(app, slices.Clone(apiAccess))
		all.Go(func() {
			a := r.redeem(app, code)
			for n := 0; n < 2 && a.status == http.StatusOK; n++ {
				if a.text("scope") != want {
					t.Errorf("scope %q, want %q", a.text("scope"), want)
				}
				a = r.refresh(app, a.text("refresh_token"))
			}
			if a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
}

// Nothing that a copy holds can be reached from where it was copied, whatever is added
// to clients and grants.
func TestCopiesForHooksShareNothing(t *testing.T) {
	var c core.Client
	var g core.Grant
	fill(t, reflect.ValueOf(&c).Elem())
	fill(t, reflect.ValueOf(&g).Elem())
	for name, pair := range map[string][2]any{"client": {c, ownClient(c)}, "grant": {g, ownGrant(g)}} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: the copy is another", name)
		}
		theirs := behind(reflect.ValueOf(pair[1]), name, map[uintptr]string{})
		for at, where := range behind(reflect.ValueOf(pair[0]), name, map[uintptr]string{}) {
			if theirs[at] != "" {
				t.Errorf("%s is shared", where)
			}
		}
	}
}

// fill puts something everywhere.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Struct:
		for n := range v.NumField() {
			if v.Type().Field(n).IsExported() {
				fill(t, v.Field(n))
			}
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Interface, reflect.Func, reflect.Chan:
		t.Fatalf("this test cannot fill a %s", v.Type())
	}
}

// behind collects what v points to, and from where.
func behind(v reflect.Value, name string, all map[uintptr]string) map[uintptr]string {
	switch v.Kind() {
	case reflect.Slice:
		all[v.Pointer()] = name
		for n := range v.Len() {
			behind(v.Index(n), name, all)
		}
	case reflect.Map:
		all[v.Pointer()] = name
		for each := v.MapRange(); each.Next(); {
			behind(each.Value(), name+"[]", all)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			all[v.Pointer()] = name
			behind(v.Elem(), name, all)
		}
	case reflect.Struct:
		for n := range v.NumField() {
			if v.Type().Field(n).IsExported() {
				behind(v.Field(n), name+"."+v.Type().Field(n).Name, all)
			}
		}
	}
	return all
}
