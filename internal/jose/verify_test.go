package jose

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func b64url[T string | []byte](v T) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) }

// forged puts any header before a payload and signs the two with the signer's real key.
func forged(t testing.TB, s *Signer, header string) string {
	t.Helper()
	input := b64url(header) + "." + b64url(`{"sub":"a"}`)
	signature, err := s.signature([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64url(signature)
}

func TestThreat_JWT01_JWT02_JWT12_shapeAndAlgorithmNone(t *testing.T) {
	s := testSigner(t, ES256)
	good, _ := s.Sign("JWT", []byte(`{"sub":"a"}`))
	parts := strings.Split(good, ".")
	head := func(alg string) string { return b64url(`{` + alg + `"kid":"` + s.KeyID() + `","typ":"JWT"}`) }
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"none":              {head(`"alg":"none",`) + "." + parts[1] + ".", ErrMalformed},
		"none, signed":      {head(`"alg":"none",`) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"None":              {head(`"alg":"None",`) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"NONE":              {head(`"alg":"NONE",`) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"empty alg":         {head(`"alg":"",`) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"missing alg":       {head(``) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"alg not a string":  {head(`"alg":["ES256"],`) + "." + parts[1] + "." + parts[2], ErrMalformed},
		"alg null":          {head(`"alg":null,`) + "." + parts[1] + "." + parts[2], ErrMalformed},
		"lower case":        {head(`"alg":"es256",`) + "." + parts[1] + "." + parts[2], ErrAlgorithm},
		"no signature":      {parts[0] + "." + parts[1] + ".", ErrMalformed},
		"two segments":      {parts[0] + "." + parts[1], ErrMalformed},
		"four segments":     {good + "." + parts[2], ErrMalformed},
		"five segments":     {good + ".a.b", ErrMalformed},
		"empty":             {"", ErrMalformed},
		"garbage signature": {parts[0] + "." + parts[1] + "." + b64url(strings.Repeat("x", 64)), ErrSignature},
		"short signature":   {parts[0] + "." + parts[1] + ".AAAA", ErrSignature},
		"other payload":     {parts[0] + "." + b64url(`{"sub":"b"}`) + "." + parts[2], ErrSignature},
		"padding":           {good + "==", ErrMalformed},
		"line break":        {good[:9] + "\n" + good[9:], ErrMalformed},
		"JSON form":         {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, ErrMalformed},
		"ten megabytes":     {strings.Repeat("a", 10<<20), ErrTooLarge},
		"a million dots":    {strings.Repeat(".", 1<<20), ErrTooLarge},
		"dots within limit": {strings.Repeat(".", 8<<10), ErrMalformed},
	} {
		if payload, _, err := Verify(c.token, setOf(t, s.Key()), everyAlgorithm, "JWT"); !errors.Is(err, c.want) || payload != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestThreat_JWT03_algorithmIsPinnedToTheKey(t *testing.T) {
	rsa, ec, ed := testSigner(t, RS256), testSigner(t, ES256), testSigner(t, EdDSA)
	set := setOf(t, rsa.Key(), ec.Key(), ed.Key())
	spki, _ := x509.MarshalPKIXPublicKey(rsa.public)
	for _, secret := range [][]byte{spki, rsa.JWK()} {
		input := b64url(`{"alg":"HS256","kid":"`+rsa.KeyID()+`"}`) + "." + b64url(`{}`)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		if _, _, err := Verify(input+"."+b64url(mac.Sum(nil)), set, append(everyAlgorithm, "HS256")); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("HS256: %v", err)
		}
	}
	for name, token := range map[string]string{
		"ES256 under the RSA kid":   forged(t, ec, `{"alg":"ES256","kid":"`+rsa.KeyID()+`"}`),
		"EdDSA under the EC kid":    forged(t, ed, `{"alg":"EdDSA","kid":"`+ec.KeyID()+`"}`),
		"PS256 with an RS256 key":   forged(t, rsa, `{"alg":"PS256","kid":"`+rsa.KeyID()+`"}`),
		"RS512 with an RS256 key":   forged(t, rsa, `{"alg":"RS512","kid":"`+rsa.KeyID()+`"}`),
		"ES384 with a P-256 key":    forged(t, ec, `{"alg":"ES384","kid":"`+ec.KeyID()+`"}`),
		"RS256 named for an EC key": forged(t, ec, `{"alg":"RS256","kid":"`+ec.KeyID()+`"}`),
	} {
		if _, _, err := Verify(token, set, everyAlgorithm); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	token, _ := rsa.Sign("", []byte(`{}`))
	if _, _, err := Verify(token, set, []Algorithm{ES256, EdDSA}); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("an algorithm that is not allowed: %v", err)
	}
	if _, _, err := Verify(token, set, nil); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("nothing is allowed: %v", err)
	}
}

func TestThreat_JWT04_JWT05_JO02_headersLeadNowhere(t *testing.T) {
	s, mallory := testSigner(t, ES256), testSigner(t, ES256)
	set := setOf(t, s.Key())
	kid := `"alg":"ES256","kid":"` + s.KeyID() + `"`
	for name, c := range map[string]struct {
		header string
		by     *Signer
		want   error
	}{
		"embedded key":      {`{"alg":"ES256","jwk":` + string(mallory.JWK()) + `}`, mallory, ErrSignature},
		"embedded, our kid": {`{` + kid + `,"jwk":` + string(mallory.JWK()) + `}`, mallory, ErrSignature},
		"jku":               {`{` + kid + `,"jku":"https://evil.example/jwks"}`, mallory, ErrSignature},
		"x5u":               {`{` + kid + `,"x5u":"https://evil.example/c"}`, mallory, ErrSignature},
		"x5u ignored":       {`{` + kid + `,"x5u":"https://evil.example/c","x5t":"a"}`, s, nil},
		"x5c damaged":       {`{` + kid + `,"x5c":["!"]}`, s, ErrMalformed},
		"path as kid":       {`{"alg":"ES256","kid":"../../dev/null"}`, s, ErrUnknownKey},
		"SQL as kid":        {`{"alg":"ES256","kid":"' or 1=1 --"}`, s, ErrUnknownKey},
		"number as kid":     {`{"alg":"ES256","kid":7}`, s, ErrMalformed},
		"null as kid":       {`{"alg":"ES256","kid":null}`, s, ErrMalformed},
		"typ a list":        {`{` + kid + `,"typ":["JWT"]}`, s, ErrMalformed},
		"crit":              {`{` + kid + `,"crit":["exp"],"exp":1}`, s, ErrHeader},
		"crit empty":        {`{` + kid + `,"crit":[]}`, s, ErrHeader},
		"b64":               {`{` + kid + `,"b64":false}`, s, ErrHeader},
		"zip":               {`{` + kid + `,"zip":"DEF"}`, s, ErrHeader},
		"repeated":          {`{` + kid + `,"alg":"none"}`, s, ErrMalformed},
		"repeated, escaped": {`{` + kid + `,"\u0061lg":"none"}`, s, ErrMalformed},
		"not an object":     {`["ES256"]`, s, ErrMalformed},
		"trailing":          {`{` + kid + `}{}`, s, ErrMalformed},
		"good":              {`{` + kid + `}`, s, nil},
		"good, no kid":      {`{"alg":"ES256"}`, s, nil},
	} {
		_, _, err := Verify(forged(t, c.by, c.header), set, everyAlgorithm)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	two := setOf(t, s.Key(), mallory.Key())
	if _, _, err := Verify(forged(t, s, `{"alg":"ES256"}`), two, everyAlgorithm); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("no kid among two keys: %v", err)
	}
	header, _, err := Peek(forged(t, s, `{"alg":"ES256","typ":"dpop+jwt","jwk":`+string(mallory.JWK())+`}`))
	if err != nil || string(header.JWK) != string(mallory.JWK()) {
		t.Errorf("Peek: %v", err)
	}
}

func TestJO03_typIsChecked(t *testing.T) {
	s := testSigner(t, EdDSA)
	for _, c := range []struct {
		typ      string
		accepted []string
		ok       bool
	}{
		{"at+jwt", []string{"at+jwt"}, true},
		{"AT+JWT", []string{"at+jwt"}, true},
		{"application/at+jwt", []string{"at+jwt"}, true},
		{"Application/At+Jwt", []string{"at+jwt"}, true},
		{"at+jwt", []string{"application/at+jwt"}, true},
		{"JWT", []string{"at+jwt"}, false},
		{"", []string{"at+jwt"}, false},
		{"", []string{"JWT", ""}, true},
		{"logout+jwt", []string{"JWT", ""}, false},
		{"application/", []string{""}, false},
		{"logout+jwt", nil, true},
	} {
		token, _ := s.Sign(c.typ, []byte(`{}`))
		_, _, err := Verify(token, setOf(t, s.Key()), everyAlgorithm, c.accepted...)
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, ErrType)) {
			t.Errorf("%q for %q: %v", c.typ, c.accepted, err)
		}
	}
}

func TestThreat_JWT16_ecdsaSignatureForms(t *testing.T) {
	s := testSigner(t, ES256)
	input := b64url(`{"alg":"ES256"}`) + "." + b64url(`{}`)
	digest := sha256.Sum256([]byte(input))
	der, _ := s.key.Sign(nil, digest[:], s.scheme.hash)
	for name, signature := range map[string][]byte{
		"zero": make([]byte, 64), "DER": der, "r alone": make([]byte, 32), "long": make([]byte, 65),
	} {
		if _, _, err := Verify(input+"."+b64url(signature), setOf(t, s.Key()), everyAlgorithm); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := testSigner(f, EdDSA)
	set := setOf(f, s.Key())
	good, _ := s.Sign("at+jwt", []byte(`{"sub":"a"}`))
	f.Add(good)
	f.Add("..")
	f.Add(good[:len(good)-1] + "A")
	f.Add(b64url(`{"alg":"EdDSA","a":{"b":[1,{"c":"\"}"}]}}`) + ".e30.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		payload, _, err := Verify(token, set, everyAlgorithm, "at+jwt")
		if err == nil && token != good {
			t.Fatalf("forged: %q with %q", token, payload)
		}
	})
}
