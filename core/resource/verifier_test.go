package resource

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// tokenInfo stands for the type of another library, here that of the Go SDK of the Model Context Protocol.
type tokenInfo struct {
	Scopes     []string
	Expiration time.Time
	UserID     string
	Extra      map[string]any
}

// tokenVerifier is its func.
type tokenVerifier func(ctx context.Context, token string, req *http.Request) (*tokenInfo, error)

var errTheirs = errors.New("their invalid token")

func theirs(s *Resource) tokenVerifier {
	return Verifier(s, func(t *Token) *tokenInfo {
		return &tokenInfo{Scopes: t.Scopes, Expiration: t.Expires, UserID: t.Issuer + " " + t.Subject}
	}, errTheirs)
}

func TestVerifierForOtherLibraries(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(func(o *Options) { o.KeepToken = true })
	verify, p, good := theirs(s), newProof(t), a.token(nil)
	bound := a.bound(p)
	for name, c := range map[string]struct {
		token string
		r     *http.Request
		want  error
	}{
		"good": {good, bearer(good), nil}, "good, alone": {good, nil, nil},
		"bad": {"x.y.z", bearer("x.y.z"), ErrInvalidToken}, "bad, alone": {"x.y.z", nil, ErrInvalidToken},
		"bound": {bound, withProof(bound, p.sign(nil, p.good(a, bound, nil))), nil}, "bound, alone": {bound, nil, ErrInvalidToken},
	} {
		info, err := verify(t.Context(), c.token, c.r)
		if !errors.Is(err, c.want) || errors.Is(err, errTheirs) != (c.want != nil) || (info == nil) != (c.want != nil) {
			t.Errorf("%s: %v %v", name, info, err)
		}
		if info != nil && (info.UserID != a.server.URL+" ada" || info.Expiration.IsZero()) {
			t.Errorf("%s: %+v", name, info)
		}
	}
	w := serve(s.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if info, err := verify(r.Context(), good, r); err != nil || info.UserID == "" || r.Header.Get("Authorization") == "" {
			t.Error("inside of Protect", info, err)
		}
	})), bearer(good))
	if w.Code != 200 {
		t.Error(w.Code)
	}
	a.set(func() { a.down = true })
	if _, err := theirs(a.guard())(t.Context(), good, bearer(good)); !errors.Is(err, ErrUnavailable) || errors.Is(err, errTheirs) {
		t.Errorf("away: %v", err)
	}
}
