// Package resource is the protected-resource half of OAuth: what an API or an MCP server puts before its handler, so that only
// requests with an access token for it come through. It works with any authorization server that follows the standards, and
// imports nothing of this provider.
//
//	api, err := resource.New(resource.Options{
//		Resource: "https://api.example.com/todo",
//		Issuers:  []resource.Issuer{{URL: "https://id.example.com"}},
//		Scopes:   []string{"todo:read", "todo:write"},
//	})
//	…
//	api.Register(mux) // the metadata document
//	mux.Handle("/todo", api.Protect(list, "todo:read"))
//
// It promises:
//
//   - Each request is judged by itself. What is not allowed through gets one answer that says what to do next, in the form that
//     clients act upon: 401 with where to find the metadata, 403 with all scopes that are needed, 401 with how strongly or
//     recently somebody has to sign in, 400 for what cannot be understood, 503 while it cannot be judged.
//   - A token counts if it is from one of the issuers, for this resource, valid now, of the right type, and if whoever
//     sends it proves the key that it is bound to (RFC 9449, RFC 8705). Nothing is accepted because something failed.
//   - A JWT is checked without a network: keys are kept, fetched again before they are old or when an unknown one appears, and
//     used for a bounded time while the issuer is away.
//   - All that is kept is bounded, and nothing that a stranger sends makes it grow.
//
// Sections obeyed: RFC 6750, RFC 7662, RFC 8414 section 3, RFC 8693 section 4.1, RFC 8705 section 3, RFC 9068 section 4, RFC 9449 sections 4 and 7,
// RFC 9470 section 3, RFC 9728, and the authorization chapter of the Model Context Protocol.
package resource
