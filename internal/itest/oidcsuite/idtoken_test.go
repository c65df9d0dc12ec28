package oidcsuite_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keySet is the provider's JWK Set.
type keySet struct{ jose.JSONWebKeySet }

// signatures are the algorithms that the suite can verify.
var signatures = []jose.SignatureAlgorithm{
	jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA,
}

func (m *module) readKeys() keySet {
	m.Helper()
	a := m.get(m.meta.text("jwks_uri"))
	if a.status != http.StatusOK {
		m.Fatalf("jwks_uri: %d %s", a.status, a.body)
	}
	var s keySet
	must(m.T, json.Unmarshal(a.body, &s.JSONWebKeySet))
	return s
}

// openToken verifies a JWT by the kid in its header and gives header and
// claims.
func (m *module) openToken(raw string) (jose.Header, claims) {
	m.Helper()
	token, err := jose.ParseSignedCompact(raw, signatures)
	if err != nil {
		m.Fatalf("not a signed token: %v", err)
	}
	header := token.Signatures[0].Header
	if header.KeyID == "" {
		m.Error("OC-04: the header has no kid")
	}
	keys := m.keySet.Key(header.KeyID)
	if len(keys) != 1 {
		m.Fatalf("%d published keys have the kid %q", len(keys), header.KeyID)
	}
	payload, err := token.Verify(keys[0])
	if err != nil {
		m.Fatalf("signature: %v", err)
	}
	var c claims
	must(m.T, json.Unmarshal(payload, &c))
	return header, c
}

// unasked are the claims that the suite tolerates in an ID token although nobody
// asked for them, besides the required ones.
var unasked = []string{
	"iss", "sub", "aud", "exp", "iat", "nonce",
	"acr", "amr", "azp", "auth_time", "at_hash", "sid", "jti", "nbf", "txn",
}

// checkIDToken checks an ID token from the token endpoint.
func (m *module) checkIDToken(c client, t tokens, nonce string, asked ...string) claims {
	m.Helper()
	if t.ID == "" {
		m.Fatal("no ID token")
	}
	header, id := m.openToken(t.ID)
	if header.Algorithm != string(jose.RS256) {
		m.Errorf("OC-04: signed with %s", header.Algorithm)
	}
	m.checkIDClaims(c, id)
	if got, there := id["nonce"]; there != (nonce != "") || there && got != nonce {
		m.Errorf("OC-05: nonce %q is %v in the ID token", nonce, got)
	}
	sum := sha256.Sum256([]byte(t.Access))
	if hash, there := id["at_hash"]; there && hash != base64.RawURLEncoding.EncodeToString(sum[:16]) {
		m.Errorf("OC-08: at_hash is %v", hash)
	}
	for name := range id {
		if !slices.Contains(unasked, name) && !slices.Contains(asked, name) {
			m.Errorf("OC-20: nobody asked for %q in the ID token", name)
		}
	}
	return id
}

func (m *module) checkIDClaims(c client, id claims) {
	m.Helper()
	now := float64(m.clock.now().Unix())
	if id.text("iss") != m.meta.text("issuer") {
		m.Errorf("DS-03: iss is %v", id["iss"])
	}
	if !slices.Contains(append(id.list("aud"), id.text("aud")), c.id) || len(id.list("aud")) > 1 {
		m.Errorf("OC-02: aud is %v", id["aud"])
	}
	if azp, there := id["azp"]; there && azp != c.id {
		m.Errorf("OC-02: azp is %v", azp)
	}
	for _, name := range []string{"exp", "iat", "auth_time", "nbf"} {
		value, there := id[name]
		if n, is := value.(float64); there && (!is || n != math.Trunc(n)) || !there && (name == "exp" || name == "iat") {
			m.Errorf("OC-02: %s is %v", name, value)
		}
	}
	if id.number("exp") <= now || math.Abs(id.number("iat")-now) > (5*time.Minute).Seconds() || id.number("auth_time") > now {
		m.Errorf("OC-02: times %v %v %v at %v", id["iat"], id["exp"], id["auth_time"], now)
	}
	if sub := id.text("sub"); sub == "" || len(sub) > 255 || strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e }) {
		m.Errorf("OC-03: sub is %v", id["sub"])
	}
	if acr, there := id["acr"]; there && id.text("acr") == "" {
		m.Errorf("OC-07: acr is %v", acr)
	}
	if amr, there := id["amr"]; there && (len(id.list("amr")) == 0 || slices.Contains(id.list("amr"), "")) {
		m.Errorf("OC-07: amr is %v", amr)
	}
}

// checkUserInfo asks userinfo with GET and checks the standard claims' kinds.
func (m *module) checkUserInfo(access string, id claims) claims {
	m.Helper()
	return m.checkInfo(m.get(m.meta.text("userinfo_endpoint"), "Authorization", "Bearer "+access), id)
}

func (m *module) checkInfo(a answer, id claims) claims {
	m.Helper()
	if a.status != http.StatusOK || a.json == nil {
		m.Fatalf("userinfo: %d %s", a.status, a.body)
	}
	if a.json.text("sub") != id.text("sub") || id.text("sub") == "" {
		m.Errorf("OC-23: sub is %v at userinfo, %v in the ID token", a.json["sub"], id["sub"])
	}
	for name, value := range a.json {
		ok := false
		switch name {
		case "email_verified", "phone_number_verified":
			_, ok = value.(bool)
		case "updated_at":
			_, ok = value.(float64)
		case "address":
			object, is := value.(map[string]any)
			ok = is && len(object) > 0
		default:
			s, is := value.(string)
			ok = is && s != ""
		}
		if !ok {
			m.Errorf("OC-21: %s is %#v", name, value)
		}
	}
	return a.json
}
