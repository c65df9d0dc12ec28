package oidcsuite_test

import (
	"net/http"
	"strings"
)

// metadata is a discovery document.
type metadata = claims

// discover reads a document as a client does: JSON, without cookies.
func (m *module) discover(address string) metadata {
	m.Helper()
	a := m.get(address)
	if a.status != http.StatusOK || a.json == nil {
		m.Fatalf("%s: %d %s", address, a.status, a.body)
	}
	if len(a.header["Set-Cookie"]) > 0 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		m.Errorf("DS-07: %s: %v", address, a.header)
	}
	return a.json
}
