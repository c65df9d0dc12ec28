package providertest

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// patience is how long a letter may take; it is sent at once.
const patience = 10 * time.Second

// mailbox keeps every letter, for everybody.
type mailbox struct {
	mu      sync.Mutex
	letters []core.Mail
	seen    []string
	arrived chan struct{} // closed and replaced with every letter
}

func newMailbox() *mailbox { return &mailbox{arrived: make(chan struct{})} }

// Send keeps a letter once, however often it is sent.
func (m *mailbox) Send(_ context.Context, id string, letter core.Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.seen, id) {
		return nil
	}
	m.seen, m.letters = append(m.seen, id), append(m.letters, letter)
	close(m.arrived)
	m.arrived = make(chan struct{})
	return nil
}

// to lists the letters to an address, newest first, and how to wait for more.
func (m *mailbox) to(address string) ([]core.Mail, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []core.Mail
	for _, l := range slices.Backward(m.letters) {
		if strings.EqualFold(l.To, address) {
			found = append(found, l)
		}
	}
	return found, m.arrived
}

// Letters lists what was sent to an address, newest first.
func (p *Provider) Letters(address string) []core.Mail {
	found, _ := p.mail.to(address)
	return found
}

var (
	mailedCode = regexp.MustCompile(`(?m)^\s*([0-9]{3}[ -]?[0-9]{3}|[0-9]{4}[ -]?[0-9]{4})\s*$`)
	mailedLink = regexp.MustCompile(`https?://\S+`)
)

// LastCode is the newest code that was mailed to the address. It waits for a
// letter that is on its way.
func (p *Provider) LastCode(address string) string {
	p.t.Helper()
	code := p.lastIn(address, "code", mailedCode)
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(code))
}

// LastLink is the newest link that was mailed to the address. It waits for a
// letter that is on its way.
func (p *Provider) LastLink(address string) string {
	p.t.Helper()
	return p.lastIn(address, "link", mailedLink)
}

// lastIn finds a pattern in the newest letter that has it.
func (p *Provider) lastIn(address, what string, pattern *regexp.Regexp) string {
	p.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		letters, more := p.mail.to(address)
		for _, l := range letters {
			if found := pattern.FindString(l.Text); found != "" {
				return found
			}
		}
		select {
		case <-more:
		case <-end.C:
			p.t.Fatalf("providertest: no %s was mailed to %s; %d letters were", what, address, len(letters))
		}
	}
}

// ForgetMail empties the mailbox, so that the next code is a new one.
func (p *Provider) ForgetMail() {
	p.mail.mu.Lock()
	defer p.mail.mu.Unlock()
	p.mail.letters = nil
}
