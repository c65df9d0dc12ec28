package resource

import (
	"encoding/json"
	"net/http"
	"strings"
)

// wellKnown is the path of RFC 9728 section 3; the path of the resource follows.
const wellKnown = "/.well-known/oauth-protected-resource"

// metadata is the document of RFC 9728 section 2.
type metadata struct {
	Resource      string   `json:"resource"`
	Issuers       []string `json:"authorization_servers"`
	Scopes        []string `json:"scopes_supported,omitempty"`
	Methods       []string `json:"bearer_methods_supported"`
	Name          string   `json:"resource_name,omitempty"`
	Documentation string   `json:"resource_documentation,omitempty"`
	Policy        string   `json:"resource_policy_uri,omitempty"`
	Terms         string   `json:"resource_tos_uri,omitempty"`
	Proofs        []string `json:"dpop_signing_alg_values_supported,omitempty"`
	DPoPRequired  bool     `json:"dpop_bound_access_tokens_required,omitempty"`
}

// describe makes the document, once: nothing of it depends on a request (threat PRM10).
func (s *Resource) describe() error {
	s.metadataURL = s.identifier.Scheme + "://" + s.identifier.Host + wellKnown + s.path()
	o := &s.options
	doc := metadata{
		Resource: o.Resource, Scopes: o.Scopes, Methods: []string{"header"}, Name: o.Name, Documentation: o.Documentation,
		Policy: o.Policy, Terms: o.Terms, Proofs: strings.Fields(joinAlgorithms()), DPoPRequired: o.RequireDPoP,
	}
	for _, i := range s.issuers {
		doc.Issuers = append(doc.Issuers, i.url)
	}
	var err error
	s.metadata, err = json.Marshal(&doc)
	return err
}

// path is that of the identifier, without a slash at its end.
func (s *Resource) path() string { return strings.TrimSuffix(s.identifier.EscapedPath(), "/") }

// MetadataURL is where the metadata is, as challenges say.
func (s *Resource) MetadataURL() string { return s.metadataURL }

// Metadata serves the metadata document (RFC 9728 section 3): at the well-known path with the path of the resource after it, with and without a
// slash at its end, and at the well-known path alone unless SharedHost is set. Anything else is 404. Scripts of all origins may read it.
func (s *Resource) Metadata() http.Handler { return http.HandlerFunc(s.serveMetadata) }

// Register puts Metadata on a mux.
func (s *Resource) Register(mux *http.ServeMux) {
	if path := s.path(); path != "" {
		mux.Handle(wellKnown+path, s.Metadata())
		mux.Handle(wellKnown+path+"/{$}", s.Metadata())
	}
	if !s.options.SharedHost || s.path() == "" {
		mux.Handle(wellKnown, s.Metadata())
	}
}

func (s *Resource) serveMetadata(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	if path != wellKnown+s.path() && (path != wellKnown || s.options.SharedHost) {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		header.Set("Content-Type", "application/json")
		header.Set("Cache-Control", "public, max-age=300")
		header.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(s.metadata) // whoever has gone does not read it
	case http.MethodOptions:
		header.Set("Access-Control-Allow-Methods", "GET, HEAD")
		header.Set("Access-Control-Allow-Headers", "Accept, Content-Type, Authorization, "+mcpHeaders)
		w.WriteHeader(http.StatusNoContent)
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}
