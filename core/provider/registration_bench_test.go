package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
)

// BenchmarkDCR_register registers b.N clients and wants the database as it was:
// -benchtime=1000000x is the million of the promise.
func BenchmarkDCR_register(b *testing.B) {
	w := newRegisteringWorld(b, clientreg.DynamicOptions{PerAddress: b.N + 1, Altogether: b.N + 1})
	b.ResetTimer()
	for range b.N {
		r := httptest.NewRequest(http.MethodPost, issuer+"/register", strings.NewReader(cli))
		r.RemoteAddr = "192.0.2.7:5000"
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.provider.ServeHTTP(rec, r)
		if rec.Code != http.StatusCreated {
			b.Fatalf("status %d: %s", rec.Code, rec.Body)
		}
	}
	clients, err := w.store.Clients(b.Context(), "", 10)
	if err != nil || len(clients) != 1 {
		b.Errorf("%d clients, %v", len(clients), err)
	}
}
