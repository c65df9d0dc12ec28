package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProfilesMakeTheirFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "there")
	var out bytes.Buffer
	o := Options{
		Stores: []string{"memory"}, Callers: []int{1}, Crowds: []Crowd{People}, Connections: 1, Duration: time.Millisecond,
		Only: refreshing, Profiles: folder, Out: &out,
	}
	if _, failed, err := Run(t.Context(), o); err != nil || failed > 0 {
		t.Fatalf("%d failed, %v", failed, err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "memory, *.prof"))
	if err != nil || len(files) == 0 {
		t.Fatalf("wrote %v, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(file, 0o700); err != nil { // where a file has to be
			t.Fatal(err)
		}
	}
	_, _, err = Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "is a directory; look at the folder that -profiles names") ||
		strings.Contains(err.Error(), "500") {
		t.Errorf("a profile that could not be written: %v", err)
	}
	o.Profiles = filepath.Join(os.DevNull, "folder")
	if _, _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no folder for profiles") {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}
