package threats

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// keyOf reads the kid of a JWT.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		KID string `json:"kid"`
	}
	if err != nil || json.Unmarshal(raw, &h) != nil || h.KID == "" {
		t.Fatalf("no key in %q: %v", raw, err)
	}
	return h.KID
}

// JWT06: each thing that is handed out is good for one use, and nothing else
// takes it.
func TestThreat_JWT06_OnlyTheDiagonal(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app)
	request, code := w.code()
	kinds := map[string]string{"access token": tokens.Access, "refresh token": tokens.Refresh, "ID token": tokens.ID, "code": code}
	consumers := map[string]func(string) bool{
		"access token":  func(v string) bool { return w.UserInfo(v).Status == http.StatusOK },
		"refresh token": func(v string) bool { return w.app.Refresh(v).Status == http.StatusOK },
		"ID token": func(v string) bool {
			got := w.ada.Browser().Open(w.Issuer() + "/end-session?" + url.Values{"id_token_hint": {v}, "post_logout_redirect_uri": {"https://app.example/bye"}}.Encode())
			return got.Status == 0
		},
		"code": func(v string) bool { return w.app.Token(w.redemption(request, v)).Status == http.StatusOK },
	}
	for use, take := range consumers {
		for kind, value := range kinds {
			if kind != use && take(value) {
				t.Errorf("the %s is taken for the %s", kind, use)
			}
		}
	}
	for use, take := range consumers { // the twins: each would have worked
		if !take(kinds[use]) {
			t.Errorf("the %s is not taken", use)
		}
	}
}

// Every change of one character, and every cut, voids a token (CANON).
func TestThreat_TOK_AlteredTokens(t *testing.T) {
	w := newWorld(t)
	tokens := w.ada.SignIn(w.app)
	for i := 0; i < len(tokens.Access); i += 3 {
		other := byte('A')
		if tokens.Access[i] == other {
			other = 'B'
		}
		altered := tokens.Access[:i] + string(other) + tokens.Access[i+1:]
		for _, token := range []string{altered, tokens.Access[:i], tokens.Access + tokens.Access[:i+1]} {
			if got := w.UserInfo(token); got.Status == http.StatusOK {
				t.Fatalf("altered at %d of %d, the token is taken", i, len(tokens.Access))
			}
		}
	}
}
