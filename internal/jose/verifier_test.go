package jose

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// verifyCompact is Verify by way of a Verifier.
func verifyCompact(v *Verifier, token string) ([]byte, error) {
	c, err := ParseCompact(token)
	if err != nil {
		return nil, err
	}
	return c.Payload, v.Verify(c)
}

func TestVerifierIsVerify(t *testing.T) {
	for _, alg := range everyAlgorithm {
		s := testSigner(t, alg)
		set := setOf(t, s.Key())
		v := NewVerifier(set, everyAlgorithm, "at+jwt")
		good, err := s.Sign("at+jwt", []byte(`{"sub":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 { // the second time the header is remembered
			if payload, err := verifyCompact(v, good); err != nil || string(payload) != `{"sub":"a"}` {
				t.Fatalf("%s, %d: %q %v", alg, i, payload, err)
			}
		}
		if heads := *v.heads.Load(); len(heads) != 1 {
			t.Errorf("%s: %d headers are remembered", alg, len(heads))
		}
		parts := strings.Split(good, ".")
		kid := strconv.Quote(s.KeyID())
		for name, token := range map[string]string{
			"JWT01 none":          b64url(`{"alg":"none","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
			"JWT02 cut":           parts[0] + "." + parts[1],
			"JWT02 garbage":       parts[0] + "." + parts[1] + "." + b64url(strings.Repeat("x", 64)),
			"JWT02 other payload": parts[0] + "." + b64url(`{"sub":"b"}`) + "." + parts[2],
			"JWT02 four":          good + ".x",
			"JWT04 other kid":     forged(t, s, `{"alg":"`+string(alg)+`","kid":"../../key","typ":"at+jwt"}`),
			"JWT05 crit":          forged(t, s, `{"alg":"`+string(alg)+`","kid":`+kid+`,"typ":"at+jwt","crit":["x"]}`),
			"JWT06 typ":           forged(t, s, `{"alg":"`+string(alg)+`","kid":`+kid+`,"typ":"JWT"}`),
			"JWT12 long":          strings.Repeat("a", 9<<10),
			"JWT16 zeros":         parts[0] + "." + parts[1] + "." + b64url(make([]byte, 64)),
			"JWT16 zeros, 96":     parts[0] + "." + parts[1] + "." + b64url(make([]byte, 96)),
			"JWT16 zeros, 132":    parts[0] + "." + parts[1] + "." + b64url(make([]byte, 132)),
		} {
			_, _, want := Verify(token, set, everyAlgorithm, "at+jwt")
			if _, got := verifyCompact(v, token); got == nil || kindOf(got) != kindOf(want) {
				t.Errorf("%s, %s: %v, Verify says %v", alg, name, got, want)
			}
		}
		if heads := *v.heads.Load(); len(heads) != 1 {
			t.Errorf("%s: bad tokens left %d headers", alg, len(heads))
		}
	}
}

// kindOf is the text of the error of this package that another wraps.
func kindOf(err error) string {
	for _, kind := range []error{ErrMalformed, ErrTooLarge, ErrHeader, ErrAlgorithm, ErrType, ErrUnknownKey, ErrSignature} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// JWT16: a DER signature is not taken where raw numbers belong.
func TestThreat_JWT16_derIsNotRaw(t *testing.T) {
	s := testSigner(t, ES256)
	token, _ := s.Sign("JWT", []byte(`{}`))
	at := strings.LastIndexByte(token, '.')
	raw, _ := decodeSegment(token[at+1:])
	v := NewVerifier(setOf(t, s.Key()), everyAlgorithm, "JWT")
	if _, err := verifyCompact(v, token[:at+1]+b64url(signatureDER(raw[:32], raw[32:]))); !errors.Is(err, ErrSignature) {
		t.Error(err)
	}
}

func TestJO05_eachMember(t *testing.T) {
	for doc, want := range map[string]string{
		`{}`:                                  "",
		` { "a" : "x" , "b":[1, {"c":2}] } `:  `a="x" b=[1, {"c":2}] `,
		`{"a":1,"a":2}`:                       "!",
		`{"a":1,"\u0061":2}`:                  "!",
		`{"a":{"b":1,"b":2}}`:                 "!",
		`{"a":[{"b":1,"b":2}]}`:               "!",
		`{"a\u0062":-1.5e3 }`:                 `ab=-1.5e3 `,
		`[]`:                                  "!",
		`null`:                                "!",
		``:                                    "!",
		`{"a":1}{}`:                           "!",
		"{\"a\":\"\xff\"}":                    "!",
		`{"a":` + strings.Repeat("[", 99):     "!",
		`{"a":"` + strings.Repeat("x", 17000): "!",
	} {
		var got strings.Builder
		err := EachMember([]byte(doc), func(name, value string) error {
			got.WriteString(name + "=" + value + " ")
			return nil
		})
		if (err != nil) != (want == "!") || err == nil && got.String() != want {
			t.Errorf("%.40s: %q %v, want %q", doc, got.String(), err, want)
		}
	}
}

func TestTexts(t *testing.T) {
	for value, want := range map[string]string{
		`["pwd","otp"]`: "pwd|otp", ` [ ]`: "!", `[ ]`: "", `[ "a" , "\u0062\"," ]`: `a|b",`, `["a",1]`: "!", `[null]`: "!", `null`: "!", `"a"`: "!", `{}`: "!", `[["a"]]`: "!",
	} {
		got, err := Texts(value)
		if (err != nil) != (want == "!") || err == nil && strings.Join(got, "|") != want {
			t.Errorf("%s: %q %v", value, got, err)
		}
	}
}

// FuzzEachMember holds it to StrictClaims and encoding/json.
func FuzzEachMember(f *testing.F) {
	f.Add([]byte(`{"a":"\u0062","b":[1,{"c":null}]}`))
	f.Add([]byte(`{"a":{},"a":{}}`))
	many := strings.Builder{}
	for i := range 2 * manyMembers {
		many.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	f.Add([]byte(`{` + many.String()[1:] + `}`))
	f.Add([]byte(`{"95":1` + many.String() + `}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var whole map[string]json.RawMessage
		want := StrictClaims(doc, &whole)
		found := map[string]json.RawMessage{}
		got := EachMember(doc, func(name, value string) error {
			found[name] = json.RawMessage(value)
			return nil
		})
		if (got == nil) != (want == nil) || kindOf(got) != kindOf(want) {
			t.Fatalf("%q: %v, StrictClaims says %v", doc, got, want)
		}
		if got == nil && len(found) != len(whole) {
			t.Fatalf("%q: %v, want %v", doc, found, whole)
		}
		for name, value := range whole {
			if got == nil && value[0] == '[' {
				fuzzTexts(t, value)
			}
			if got == nil && string(found[name]) != string(value) {
				t.Fatalf("%q: %s is %q, want %q", doc, name, found[name], value)
			}
		}
	})
}

// fuzzTexts holds Texts to encoding/json, for which null is an empty string.
func fuzzTexts(t *testing.T, value json.RawMessage) {
	t.Helper()
	var want []*string
	err := json.Unmarshal(value, &want)
	texts, failed := Texts(string(value))
	if (failed == nil) != (err == nil && !slices.Contains(want, nil)) {
		t.Fatalf("%q: %v, encoding/json says %v", value, failed, err)
	}
	for i := range texts {
		if texts[i] != *want[i] {
			t.Fatalf("%q: %q", value, texts)
		}
	}
}

// FuzzVerifier holds Verifier to Verify.
func FuzzVerifier(f *testing.F) {
	s := testSigner(f, ES256)
	set := setOf(f, s.Key())
	v := NewVerifier(set, everyAlgorithm, "at+jwt")
	token, _ := s.Sign("at+jwt", []byte(`{"sub":"a"}`))
	f.Add(token)
	f.Add(token[1:])
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		_, _, want := Verify(token, set, everyAlgorithm, "at+jwt")
		if _, got := verifyCompact(v, token); (got == nil) != (want == nil) {
			t.Fatalf("%q: %v, Verify says %v", token, got, want)
		}
	})
}
