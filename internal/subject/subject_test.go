package subject

import "testing"

// The keys stand in databases: they never change (RP-07).
func TestRP07_KeysStayWhatTheyAre(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Of("", "https://idp.example", "s1"), Key("https://idp.example", "s1")},
		{Of("c", "https://idp.example", "s1"), Key("connection", "c", "https://idp.example", "s1")},
		{Key("a", "b"), "-s3eer8erFswEnOrLigvebqwEA8FiDOnuL35-AdB4Uk"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
	if Key("ab", "c") == Key("a", "bc") || Key("a") == Key("a", "") {
		t.Error("two lists have one key")
	}
}
