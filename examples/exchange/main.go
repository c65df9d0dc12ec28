// Command exchange is two APIs, of which one asks the other for the person who calls it: by a token of its own for that, never
// by the one that came in.
package main

import (
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/keywright/keywright/core/resource"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	issuer := or("ISSUER", "http://localhost:8080")
	ordersAPI, stockAPI := "http://localhost:4001/orders", "http://localhost:4001/stock"
	mux, err := serve(issuer, ordersAPI, stockAPI, Exchanger{
		TokenEndpoint: issuer + "/token", ClientID: "orders-api", Secret: os.Getenv("ORDERS_SECRET"), HTTP: &http.Client{Timeout: 5 * time.Second},
	}, time.Now)
	if err != nil {
		logger.Error("cannot start", "error", err)
		os.Exit(1)
	}
	server := &http.Server{Addr: "localhost:4001", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	logger.Info("listening", "orders", ordersAPI, "stock", stockAPI)
	logger.Error("ended", "error", server.ListenAndServe())
}

// serve puts both APIs under one address. In earnest they are two programs.
func serve(issuer, ordersAPI, stockAPI string, exchange Exchanger, now func() time.Time) (http.Handler, error) {
	guard := func(uri string, scopes ...string) (*resource.Resource, error) {
		return resource.New(resource.Options{
			Resource: uri, Issuers: []resource.Issuer{{URL: issuer}}, Scopes: scopes, Now: now,
			KeepToken: true, InsecureAllowLoopback: true,
		})
	}
	orders, err := guard(ordersAPI, scopeOrders)
	if err != nil {
		return nil, err
	}
	stock, err := guard(stockAPI, scopeStock)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/orders", &Orders{guard: orders, exchange: exchange, stock: stockAPI})
	mux.Handle("/stock", &Stock{guard: stock})
	return mux, nil
}

// or is a setting of the environment, or what stands in for it.
func or(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
