package browser

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Goto opens an address and waits until it has loaded.
func (b *Tab) Goto(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// Back presses the browser's own button.
func (b *Tab) Back() {
	b.t.Helper()
	b.do(chromedp.NavigateBack())
}

// Title is the document's title.
func (b *Tab) Title() string {
	b.t.Helper()
	return run(b, chromedp.Title())
}

// Address is where the tab is.
func (b *Tab) Address() string {
	b.t.Helper()
	return run(b, chromedp.Location())
}

// Text is what the first element of a CSS selector shows, once it is there.
func (b *Tab) Text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(run(b, chromedp.Text(chromedp.CSS(selector))))
}

// Fill puts the caret into a field, empties it and types.
func (b *Tab) Fill(selector, value string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), value))
}

// Click presses the first element of a CSS selector with the mouse. Where that
// leads to another page, follow it with WaitFor.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// WaitFor waits until the first element of a CSS selector can be seen.
func (b *Tab) WaitFor(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Evaluate runs an expression in the page, as the console would, and waits for
// a promise.
func Evaluate[T any](b *Tab, expression string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Overflow is by how many CSS pixels the page is wider than its window.
func (b *Tab) Overflow() int64 {
	b.t.Helper()
	return Evaluate[int64](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// Screenshot saves what the window shows as PNG and makes the folder.
func (b *Tab) Screenshot(path string) {
	b.t.Helper()
	png := run(b, chromedp.CaptureScreenshot())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// WaitUntil asks again until the condition holds, for what no element shows.
func (b *Tab) WaitUntil(what string, holds func() bool) {
	b.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			b.t.Fatalf("browser: waited in vain until %s; at %s", what, b.Address())
		}
	}
}

// Speaks has the browser ask for a language, such as "de".
func (b *Tab) Speaks(language string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	b.check(err)
}

// ClearCookies has the browser forget every cookie.
func (b *Tab) ClearCookies() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{})
	b.check(err)
}
