package core

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func FuzzParseID(f *testing.F) {
	for _, s := range []string{NewID(testAt).String(), ID{}.String(), "", "0198F0F0-0000-7000-8000-000000000000", "urn:uuid:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err == nil && id.String() != s {
			t.Fatalf("%q is read as %s", s, id)
		}
		if err != nil && !id.IsZero() {
			t.Fatal("an error leaves an id")
		}
	})
}

func FuzzHash(f *testing.F) {
	text, _ := testSecret.MarshalText()
	for _, s := range [][]byte{text, bytes.ToUpper(text), nil, text[1:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h := testRedirect
		if err := h.UnmarshalText(b); err != nil {
			if !h.IsZero() {
				t.Fatal("an error leaves a hash")
			}
			return
		}
		again, err := h.MarshalText()
		if err != nil || !bytes.Equal(again, b) && !h.IsZero() {
			t.Fatalf("%q is read as %q", b, again)
		}
	})
}

func TestID_isUUIDv7InOrder(t *testing.T) {
	early, late := NewID(testAt), NewID(testAt.Add(time.Millisecond))
	if bytes.Compare(early[:], late[:]) >= 0 {
		t.Error("a later id lies before an earlier one")
	}
	if s := early.String(); s[14] != '7' || early[8]>>6 != 2 {
		t.Errorf("%s is no UUIDv7", s)
	}
	if again := NewID(testAt); again == early {
		t.Error("two ids are the same")
	}
	b, _ := json.Marshal(map[string]any{"id": early, "none": ID{}})
	var read struct{ ID, None ID }
	if err := json.Unmarshal(b, &read); err != nil || read.ID != early || !read.None.IsZero() {
		t.Errorf("%s: %v", b, err)
	}
}
