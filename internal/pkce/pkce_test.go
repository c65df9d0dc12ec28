package pkce

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// The pair of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestPK02_Threat_PKC05_OnlyS256IsAMethod(t *testing.T) {
	for method, want := range map[string]error{
		"S256": nil, "": ErrMethodMissing, "plain": ErrMethodUnsupported, "s256": ErrMethodUnsupported,
		"S512": ErrMethodUnsupported, "S256 ": ErrMethodUnsupported, "S256,plain": ErrMethodUnsupported,
	} {
		if err := CheckChallenge(challenge, method); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", method, err, want)
		}
	}
}

func TestPK03_ChallengeIsADigest(t *testing.T) {
	for bad, want := range map[string]error{
		"":                    ErrChallengeMissing,
		challenge[:42]:        ErrChallengeMalformed,
		challenge + "A":       ErrChallengeMalformed,
		challenge + "=":       ErrChallengeMalformed,
		challenge[:42] + "=":  ErrChallengeMalformed,
		challenge[:42] + "\n": ErrChallengeMalformed,
		challenge[:42] + "N":  ErrChallengeMalformed, // stray bits
		"+" + challenge[1:]:   ErrChallengeMalformed,
		"/" + challenge[1:]:   ErrChallengeMalformed,
		"." + challenge[1:]:   ErrChallengeMalformed,
		"é" + challenge[2:]:   ErrChallengeMalformed,
	} {
		if err := CheckChallenge(bad, MethodS256); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", bad, err, want)
		}
	}
}

func TestPK04_Verifiers(t *testing.T) {
	long := strings.Repeat("aZ09-._~", 16)
	for _, v := range []string{verifier, long, long[:43]} {
		if err := CheckVerifier(v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	if Challenge(verifier) != challenge {
		t.Error("not the pair of RFC 7636, appendix B")
	}
}

func TestThreat_PKC07_MalformedVerifiers(t *testing.T) {
	long := strings.Repeat("a", 200)
	for _, bad := range []string{
		"", long[:1], long[:42], long[:129], long, verifier + "+", verifier + "/", verifier + "=", verifier + " ",
		verifier + "\n", verifier + "\x00", verifier + "é", verifier + "%41",
	} {
		if err := CheckVerifier(bad); !errors.Is(err, ErrVerifierMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The shape of a challenge is what a strict decoder takes for 32 bytes.
func FuzzChallenge(f *testing.F) {
	for _, s := range []string{challenge, challenge[:42] + "N", "", challenge + "\n", strings.Repeat("_", 43)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
		want := err == nil && len(raw) == 32 && !strings.ContainsAny(s, "\r\n")
		if got := CheckChallenge(s, MethodS256) == nil; got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
		if CheckChallenge(Challenge(s), MethodS256) != nil {
			t.Errorf("the challenge of %q is malformed", s)
		}
	})
}
