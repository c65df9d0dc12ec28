package main

import (
	"io"
	"net/http"
	"strings"

	"github.com/keywright/keywright/core/resource"
)

// Orders is an API that asks another one, of the stock, for the person who calls it.
type Orders struct {
	guard    *resource.Resource
	exchange Exchanger
	stock    string // URL and identifier of the other API
}

// ServeHTTP lists orders with what is left in stock.
func (o *Orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.guard.Protect(http.HandlerFunc(o.list), scopeOrders).ServeHTTP(w, r)
}

func (o *Orders) list(w http.ResponseWriter, r *http.Request) {
	token, err := o.exchange.ForAPI(r.Context(), presented(r), o.stock, scopeStock)
	if err != nil {
		http.Error(w, "the stock cannot be asked for you", http.StatusBadGateway)
		return
	}
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, o.stock, nil)
	if err != nil {
		http.Error(w, "the stock has no address", http.StatusInternalServerError)
		return
	}
	question.Header.Set("Authorization", "Bearer "+token)
	answer, err := o.exchange.HTTP.Do(question)
	if err != nil {
		http.Error(w, "the stock does not answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(answer.Body, 1<<20))
}

// presented is the token that Protect has checked; Options.KeepToken leaves it in the header.
func presented(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token
}

// Stock is the other API. It sees the person, and who is asking for them.
type Stock struct{ guard *resource.Resource }

// ServeHTTP says what is left.
func (s *Stock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.guard.Protect(http.HandlerFunc(s.list), scopeStock).ServeHTTP(w, r)
}

func (s *Stock) list(w http.ResponseWriter, r *http.Request) {
	token, _ := resource.FromContext(r.Context())
	by := "nobody" // the person's own application called
	if len(token.Actors) > 0 {
		by = token.Actors[0].Subject // only the first counts; the others say how the token came here
	}
	_, _ = io.WriteString(w, "3 chairs, for "+token.Subject+", asked by "+by+"\n")
}
