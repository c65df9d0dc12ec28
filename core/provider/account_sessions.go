package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// A person's list of sessions is read in so many rows at most, and shows the ones
// used last.
const (
	sessionPage  = 100
	sessionPages = 10
)

// openSessions lists the account's sessions that stand, last used first.
func (p *Provider) openSessions(ctx context.Context, a *core.Account, at time.Time) ([]core.Session, error) {
	var open []core.Session
	var after core.ID
	for range sessionPages {
		rows, err := p.Store.SessionsOf(ctx, a.ID, core.PageOf{After: after, Limit: sessionPage})
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			after = s.ID
			if s.Live(a.Standing(), at) {
				open = append(open, s)
			}
		}
		if len(rows) < sessionPage {
			break
		}
	}
	slices.SortFunc(open, func(a, b core.Session) int { return b.SeenAt.Compare(a.SeenAt) })
	return open, nil
}

// sessionItems are sessions as their owner sees them: device, network address, last
// use.
func (p *Provider) sessionItems(open []core.Session, current core.ID) []core.Item {
	items := make([]core.Item, 0, len(open))
	for _, s := range open[:min(len(open), sessionPage)] {
		i := core.Item{
			Kind: "session", Key: p.itemKey(s.Account, "session", s.ID.String()), Label: device(s.Agent), Detail: s.Address,
			Since: s.CreatedAt, UsedAt: s.SeenAt, Current: s.ID == current,
		}
		if !i.Current {
			i.Acts = []string{actEnd}
		}
		items = append(items, i)
	}
	return items
}

// device names a browser and a system, as far as they say. It is a hint for the
// owner of the session, nothing else is decided by it.
func device(agent string) string {
	browser := firstOf(agent, [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	})
	system := firstOf(agent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	})
	return strings.Trim(browser+", "+system, ", ")
}

func firstOf(text string, words [][2]string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return ""
}
