package saml

import "testing"

// BenchmarkResponse reads and verifies one good answer of usual size.
func BenchmarkResponse(b *testing.B) {
	w := newWorld(&testing.T{})
	r := request{element: tree(`<x ID="_1"/>`), relay: "s"}
	good := []byte(w.good(r))
	known, err := parseMetadata([]byte(w.idp.metadata()), "", nil)
	must(err)
	x := &expected{party: known, service: service{own, acs, slo}, at: noon(), asked: &asked{ID: "_1", State: "s", At: noon()}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.read(good); err != nil {
			b.Fatal(err)
		}
	}
}
