package qr

import (
	"regexp"
	"strings"
	"testing"

	"rsc.io/qr"
)

// The path is read back into modules, which have to be those of the code.
func TestDraw_pathIsTheCode(t *testing.T) {
	const text = "otpauth://totp/Keywright:mara@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keywright"
	c, err := Draw(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	run := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	if rest := run.ReplaceAllString(c.Path, ""); rest != "" {
		t.Fatalf("besides runs there is %q", rest)
	}
	for _, m := range run.FindAllStringSubmatch(c.Path, -1) {
		x, y, n := number(m[1]), number(m[2]), number(m[3])
		for i := range n {
			dark[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := range want.Size {
		for x := range want.Size {
			if dark[[2]int{x, y}] != want.Black(x, y) {
				t.Fatalf("module %d,%d differs", x, y)
			}
		}
	}
	if c.Size != want.Size+8 {
		t.Errorf("size %d", c.Size)
	}
}

func number(s string) (n int) {
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}

func TestDraw_tooLong(t *testing.T) {
	if _, err := Draw(strings.Repeat("a", 4000)); err == nil {
		t.Error("drawn")
	}
}
