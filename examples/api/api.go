package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/resource"
)

const (
	scopeRead  = "notes:read"
	scopeWrite = "notes:write"
)

// API keeps notes of people, each seen by whoever wrote it.
type API struct {
	guard *resource.Resource

	mu    sync.Mutex
	notes map[string][]string // by issuer and subject
}

// New makes the API. The identifier of the options is the URL that clients call.
func New(o resource.Options) (*API, error) {
	o.Name = "Notes"
	o.Scopes = []string{scopeRead} // what a client needs to begin with; the other is asked for when it is needed
	o.Implies = map[string][]string{scopeWrite: {scopeRead}}
	guard, err := resource.New(o)
	if err != nil {
		return nil, err
	}
	return &API{guard: guard, notes: map[string][]string{}}, nil
}

// Handler serves the API and its metadata.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	a.guard.Register(mux) // /.well-known/oauth-protected-resource
	mux.Handle("GET /notes", a.guard.Protect(http.HandlerFunc(a.list), scopeRead))
	mux.Handle("POST /notes", a.guard.Protect(http.HandlerFunc(a.add), scopeWrite))
	// All is lost by this one, so it takes two factors, however the person signed in.
	mux.Handle("DELETE /notes", a.guard.ProtectWith(http.HandlerFunc(a.clear), resource.Need{
		Scopes: []string{scopeWrite},
		ACR:    []string{core.ACRTwoFactors, core.ACRPhishingResistant, core.ACRHardware}, // all that will do, the usual one first
	}))
	mux.Handle("/notes", a.guard.Protect(http.NotFoundHandler())) // what is not listed is not open either
	return mux
}

// person is whose token it is. The subject alone would not do: two issuers may have the same.
func person(r *http.Request) string {
	token, _ := resource.FromContext(r.Context())
	return token.Issuer + " " + token.Subject
}

func (a *API) list(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	notes := slices.Clone(a.notes[person(r)])
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(notes) // whoever has gone does not read it
}

func (a *API) add(w http.ResponseWriter, r *http.Request) {
	var note string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&note); err != nil {
		http.Error(w, "send a note as a JSON string of at most 4 KiB", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.notes[person(r)] = append(a.notes[person(r)], note)
	a.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
}

func (a *API) clear(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	delete(a.notes, person(r))
	a.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
