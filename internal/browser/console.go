package browser

import (
	"context"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What a page of ours never calls on the console.
var loud = []string{"error", "warning", "assert"}

// hear listens to the console of one tab until its context ends.
func (c *complaints) hear(ctx context.Context) error {
	return chromedp.Listen(ctx, func(event any) {
		if said := complaint(event); said != "" {
			c.add(said)
		}
	})
}

// complaint gives the words of an event that a careful page never causes.
func complaint(event any) string {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError && e.Entry.Level != log.EntryLevelWarning || expected(e.Entry) {
			return ""
		}
		return string(e.Entry.Source) + ": " + e.Entry.Text + " " + e.Entry.URL
	case *runtime.EventExceptionThrown:
		return "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if slices.Contains(loud, string(e.Type)) {
			return "console." + string(e.Type)
		}
	}
	return ""
}

// expected tells a page that is an error page, which is a fine page, from a
// file that could not be loaded.
func expected(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "responded with a status of") &&
		!strings.Contains(e.URL, "/assets/")
}
