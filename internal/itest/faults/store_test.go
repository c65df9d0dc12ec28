package faults

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A method that is added to a role of the contract must be added here, or its
// loss is never tried.
func TestEveryCallOfAStoreCanBeLost(t *testing.T) {
	contract, own := text(t, "../../../core/store.go"), text(t, "store.go")+text(t, "store_organization.go")
	roles, _, found := strings.Cut(contract, "// Tenant is one issuer's share")
	if !found {
		t.Fatal("the roles of the contract do not end where they did")
	}
	methods := regexp.MustCompile(`(?m)^\t(\w+)\(ctx context\.Context`).FindAllStringSubmatch(roles, -1)
	if len(methods) < 60 {
		t.Fatalf("only %d methods were found", len(methods))
	}
	for _, m := range methods {
		if !strings.Contains(own, "func (lost *store) "+m[1]+"(") || !strings.Contains(own, `call(ctx, "`+m[1]+`"`) {
			t.Errorf("%s cannot be lost", m[1])
		}
	}
}

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
