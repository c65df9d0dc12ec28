package breach

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func digestOf(password string) string { return fmt.Sprintf("%X", sha1.Sum([]byte(password))) }

// file writes a sorted list of the passwords p0, p1, … in one of the forms that are published.
func file(count int, form func(i int, digest string) string, lineEnd, last string) string {
	digests := make([]string, count)
	for i := range digests {
		digests[i] = digestOf(fmt.Sprintf("p%d", i))
	}
	slices.Sort(digests)
	for i, digest := range digests {
		digests[i] = form(i, digest)
	}
	return strings.Join(digests, lineEnd) + last
}

func plain(_ int, digest string) string { return digest }

func counted(i int, digest string) string {
	return fmt.Sprintf("%s:%d", digest, []int{1, 22, 9545824, 3}[i%4])
}

func lower(_ int, digest string) string { return strings.ToLower(digest) }

func TestPW04_PW05_search(t *testing.T) {
	for name, form := range map[string]func(int, string) string{"plain": plain, "counted": counted, "lower": lower} {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			for _, last := range []string{"", lineEnd} {
				for _, count := range []int{1, 2, 3, 7, 300} {
					text := file(count, form, lineEnd, last)
					l, err := New(strings.NewReader(text), int64(len(text)))
					if err != nil {
						t.Fatalf("%s %q %q %d: %v", name, lineEnd, last, count, err)
					}
					for i := range count + 50 {
						password := fmt.Sprintf("p%d", i)
						if got, err := l.Contains(password); err != nil || got != (i < count) {
							t.Errorf("%s %q %q %d: %s: %v, %v", name, lineEnd, last, count, password, got, err)
						}
					}
				}
			}
		}
	}
}

func TestEmptyAndDamagedLists(t *testing.T) {
	l, err := New(strings.NewReader(""), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Contains("a"); got || err != nil {
		t.Errorf("empty: %v, %v", got, err)
	}
	good := file(200, plain, "\n", "\n")
	lines := strings.Split(good, "\n")
	slices.Reverse(lines[:200])
	for name, text := range map[string]string{
		"text": "password\n123456\n", "unsorted": strings.Join(lines, "\n"), "one long line": strings.Repeat("A", 10000), "short": "ABCDEF\n",
		"MD5": strings.Repeat("0123456789ABCDEF0123456789ABCDEF\n", 100), "SHA-256": strings.Repeat(strings.Repeat("A", 64)+"\n", 100),
		"zeros": strings.Repeat("\x00", 4096),
	} {
		if _, err := New(strings.NewReader(text), int64(len(text))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type brokenDisk struct{}

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestPW05_readErrorIsNotAnAnswer(t *testing.T) {
	l := &List{file: brokenDisk{}, size: 1000}
	if got, err := l.Contains("a"); got || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(file(100, counted, "\r\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Contains("p42"); !got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(path + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzList(f *testing.F) {
	f.Add(file(5, counted, "\n", ""))
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := New(strings.NewReader(text), int64(len(text)))
		if err != nil {
			return
		}
		if got, err := l.Contains("p1"); got && err == nil && !strings.Contains(strings.ToUpper(text), digestOf("p1")) {
			t.Fatal("found what is not there")
		}
	})
}
