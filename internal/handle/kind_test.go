package handle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestTableOfKindsIsCompleteAndUnique(t *testing.T) {
	words, names := map[string]Kind{}, map[string]Kind{}
	shape := regexp.MustCompile(`^[a-z]{2,3}$`)
	for k := None + 1; k < kindCount; k++ {
		f := forms[k]
		if !shape.MatchString(f.word) || len(f.word) > maxWordSize {
			t.Errorf("kind %d: word %q", k, f.word)
		}
		if f.names == "" || k.String() != f.names {
			t.Errorf("kind %d says nothing of what it names", k)
		}
		if f.limit > maxSealedHandle {
			t.Errorf("kind %d: limit %d", k, f.limit)
		}
		if other, ok := words[f.word]; ok {
			t.Errorf("kinds %d and %d share the word %q", other, k, f.word)
		}
		if other, ok := names[f.names]; ok {
			t.Errorf("kinds %d and %d name the same", other, k)
		}
		words[f.word], names[f.names] = k, k
	}
}

// Handles that are out there keep their words.
func TestWordsAreForEver(t *testing.T) {
	for k, word := range map[Kind]string{
		Code: "ac", Refresh: "rt", Access: "at", Session: "se", Browser: "br", Interaction: "in",
		Ticket: "tk", Device: "dc", PushedRequest: "pr", Registration: "ra", Client: "cl",
	} {
		if forms[k].word != word {
			t.Errorf("%v: %q, was %q", k, forms[k].word, word)
		}
	}
}

func TestShapedReadsThePrefixAlone(t *testing.T) {
	for s, want := range map[string]Kind{
		"kw_ac_": Code, "kw_rt_nonsense": Refresh, "kw_cl_x": Client, "kw_at_\x00": Access,
		"": None, "kw_": None, "kw_ac": None, "kw_xx_a": None, "KW_ac_a": None, "kw_AC_a": None,
		" kw_ac_a": None, "kw_acx_a": None, "kw__a": None, "xkw_ac_a": None,
	} {
		if got, ok := Shaped(s); got != want || ok != (want != None) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	if None.String() != "unknown kind" || kindCount.Limit() != 0 || Code.Limit() != 0 {
		t.Error("an unknown kind has a name or a limit")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret := Content{Random: [16]byte([]byte("RANDOMRANDOMRAND"))}
	root := Root{ID: 3, Key: [32]byte([]byte("ROOTKEYROOTKEYROOTKEYROOTKEYROOT"))}
	ring := newRing(t, tenantA, root)
	var log bytes.Buffer
	for _, v := range []any{secret, &secret, root, &root, ring, struct {
		C Content
		R []Root
	}{secret, []Root{root}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&log, verb+"\n", v)
		}
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		log.Write(b)
	}
	got := log.String()
	for _, leak := range []string{
		"RANDOM", "ROOTKEY", "52414e444f4d", "52414E444F4D", "524f4f54", "524F4F54", // text and hex
		"82 65 78", "82,65,78", "82, 65, 78", "82 79 79", "82,79,79", "0x52", "UkFO", "Uk9P", // decimal, Go, base64
	} {
		if strings.Contains(got, leak) {
			t.Errorf("output has %q", leak)
		}
	}
}
