package resource

import (
	"context"
	"maps"
	"net/http"
)

// Protect lets requests through to next that have a token with all of the scopes. next finds the token by FromContext. OPTIONS requests are answered
// and never reach next (requirement PR-06).
func (s *Resource) Protect(next http.Handler, scopes ...string) http.Handler {
	return s.ProtectWith(next, Need{Scopes: scopes})
}

// ProtectWith is Protect for operations that ask for more than scopes.
func (s *Resource) ProtectWith(next http.Handler, need Need) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.checkLocal(r); err != nil {
			s.Refuse(w, r, err)
			return
		}
		s.allowOrigin(w, r)
		if r.Method == http.MethodOptions {
			s.answerOptions(w, r)
			return
		}
		t, nonce, err := s.check(r, &need)
		if nonce != "" {
			w.Header().Set("DPoP-Nonce", nonce)
		}
		if err != nil {
			s.Refuse(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), tokenKey{}, t))
		if !s.options.KeepToken {
			r.Header = maps.Clone(r.Header)
			delete(r.Header, "Authorization")
			delete(r.Header, "Dpop")
		}
		next.ServeHTTP(w, r)
	})
}

// Require is for a handler inside of Protect that learns from the request what it needs, such as the name of a tool. It
// reports whether the token is enough; if not, it has answered, and the handler returns. Outside of Protect nothing is enough.
func (s *Resource) Require(w http.ResponseWriter, r *http.Request, need Need) bool {
	t, found := FromContext(r.Context())
	err := error(noToken())
	if found {
		err = need.check(t, s.options.Now(), s.options.Skew)
	}
	if err == nil {
		return true
	}
	how := schemeBearer
	if found && t.confirm.thumbprint != "" {
		how = schemeDPoP
	}
	s.Refuse(w, r, s.ask(err, &need, how))
	return false
}
