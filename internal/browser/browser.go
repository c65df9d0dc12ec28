package browser

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Patience is how long anything may take before the test fails.
const Patience = 20 * time.Second

// Programs that are Chromium, in the order they are tried.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Missing is the reason for a skip, with its remedy.
const Missing = "needs Chromium: apt-get install chromium"

// Tab is one tab of a browser. Tabs of one browser share its cookies.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	complain *complaints
}

// Start starts a browser with a fresh profile and one empty tab. The test is
// skipped, with the remedy, where there is no Chromium; at its end it fails for
// every complaint of the console that no Allow named.
func Start(t testing.TB) *Tab {
	t.Helper()
	program := find()
	if program == "" {
		t.Skip(Missing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en-GB"),
		// Back asks the server again, as it does for every page that is not to be stored.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"),
	)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	tab := &Tab{t: t, ctx: ctx, complain: &complaints{}}
	t.Cleanup(func() {
		end, done := context.WithTimeout(ctx, Patience)
		defer done()
		_ = chromedp.Cancel(end) // waits for the browser, so that its profile can go
		cancel()
		stop()
		tab.complain.report(t)
	})
	// The first action binds the browser's life to its context: no deadline here.
	tab.check(chromedp.Do(ctx))
	tab.check(tab.complain.hear(ctx))
	return tab
}

func find() string {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// NewTab opens another tab of the same browser.
func (b *Tab) NewTab() *Tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	tab := &Tab{t: b.t, ctx: ctx, complain: b.complain}
	tab.check(chromedp.Do(ctx))
	tab.check(tab.complain.hear(ctx))
	return tab
}

// NoScript switches JavaScript off in this tab, from the next page on.
func (b *Tab) NoScript() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.check(err)
}

// Emulate sets the width of the window in CSS pixels and the colour scheme.
func (b *Tab) Emulate(dark bool, width, height int64) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	b.check(err)
}

// ConsoleErrors lists what the console complained about so far, in all tabs.
func (b *Tab) ConsoleErrors() []string { return b.complain.all() }

// Allow names words of complaints that this test brings about on purpose.
func (b *Tab) Allow(words string) { b.complain.allow(words) }

// do runs actions within Patience.
func (b *Tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	b.check(chromedp.Do(ctx, actions...))
}

func run[T any](b *Tab, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	b.check(err)
	return v
}

// check ends the test on a failure of the browser and says where it stood.
func (b *Tab) check(err error) {
	b.t.Helper()
	if err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
	b.t.Fatalf("browser: %v\nat %s\n%s", err, at, text)
}

// complaints are what the consoles of all tabs said.
type complaints struct {
	mu      sync.Mutex
	said    []string
	allowed []string
}

func (c *complaints) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, what)
}

func (c *complaints) allow(words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = append(c.allowed, words)
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, s := range c.said {
		if !containsAny(s, c.allowed) {
			out = append(out, s)
		}
	}
	return out
}

func (c *complaints) report(t testing.TB) {
	t.Helper()
	for _, s := range c.all() {
		t.Errorf("the browser's console: %s", s)
	}
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
