package todo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/keywright/keywright/core/resource"
)

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// requireScope answers a call of a tool that the token does not reach with 403 and the scopes that it takes, so that the client asks the
// person for them (step-up). It must happen here: once the SDK answers, the status of HTTP is 200 and no client looks for a challenge.
func (s *Server) requireScope(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			http.Error(w, "send at most 1 MiB", http.StatusRequestEntityTooLarge)
			return
		} else if err != nil {
			return // the client has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if scopes := s.scopes(body); len(scopes) > 0 && !s.guard.Require(w, r, resource.Need{Scopes: scopes}) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// scopes are those that the calls in a request take together. What cannot be read takes none: the SDK refuses it, and if it
// understood more of it than this does, the tool asks once more.
func (s *Server) scopes(body []byte) (scopes []string) {
	for _, m := range messages(body) {
		if need := s.needs[m.Params.Name]; m.Method == "tools/call" && need != "" {
			scopes = append(scopes, need)
		}
	}
	return scopes
}

// message is what matters here of a JSON-RPC request.
type message struct {
	Method string
	Params struct{ Name string }
}

// messages reads one request, or a batch as early revisions of the protocol had it.
func messages(body []byte) []message {
	var one message
	if json.Unmarshal(body, &one) == nil {
		return []message{one}
	}
	var batch []message
	if json.Unmarshal(body, &batch) != nil {
		return nil
	}
	return batch
}
