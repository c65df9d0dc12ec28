//go:build unix

package dbserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
)

// abandoned is the driver whose server the child starts.
const abandoned = "KEYWRIGHT_TEST_ABANDONED_SERVER"

// bad is what no server starts with.
var bad = map[string]string{"no_such_setting": "1"}

// TestMain lets this program run again as one that will be killed.
func TestMain(m *testing.M) {
	if driver := os.Getenv(abandoned); driver != "" {
		if err := abandon(driver); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

// abandon starts a server, fails to start another, which must leave nothing, and
// prints where the one is.
func abandon(driver string) error {
	ctx := context.Background()
	s, err := kinds[driver](ctx, dbserver.Options{})
	if err != nil {
		return err
	}
	before, err := os.ReadDir(os.TempDir())
	if err != nil {
		return err
	}
	if _, err := kinds[driver](ctx, dbserver.Options{Settings: bad}); err == nil {
		return errors.New("a server started with a setting that it does not know")
	}
	after, err := os.ReadDir(os.TempDir())
	if err != nil || len(after) != len(before) {
		return fmt.Errorf("a server that did not start left something: %v before, %v after: %w", before, after, err)
	}
	fmt.Println(s.Address())
	return nil
}

func TestServersEndWithTheProcess(t *testing.T) {
	for driver := range kinds {
		t.Run(driver, func(t *testing.T) {
			s, err := kinds[driver](t.Context(), dbserver.Options{Settings: bad})
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "-", "_"), "no_such_setting") {
				closed(t, s, err) // skips where there is no server
				t.Fatalf("the error does not name the setting: %v", err)
			}
			temporary := filepath.Join(t.TempDir(), "t")
			if err := errors.Join(os.Chmod(filepath.Dir(filepath.Dir(temporary)), 0o755), os.Mkdir(temporary, 0o700),
				os.Chmod(temporary, 0o1777)); err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), abandoned+"="+driver, "TMPDIR="+temporary)
			child.Stderr = os.Stderr
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatalf("the child said nothing: %v", child.Wait())
			}
			address := lines.Text()
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = child.Wait()
			eventually(t, "the server ends", func() bool {
				c, err := net.Dial("tcp", address)
				if err == nil {
					_ = c.Close()
				}
				return err != nil
			})
			eventually(t, "its folders are removed", func() bool {
				left, err := os.ReadDir(temporary)
				return err == nil && len(left) == 0
			})
		})
	}
}

// eventually waits for what processes do that are not this one's children.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(10*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
