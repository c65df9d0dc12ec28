package dialogues

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// Kept describes in lines what a tenant holds of people and of what they gave:
// what two runs of a dialogue must have in common. It leaves out what differs
// from run to run, and interactions, of which one more harms nobody. With once,
// what was asked for counts once: who was told nothing has asked again.
func Kept(t *testing.T, s core.Store, once bool) string {
	t.Helper()
	k := keeper{t: t, s: s, programs: map[string]string{}}
	k.clients()
	accounts, err := s.Accounts(t.Context(), core.PageOf{Limit: 100})
	k.must(err)
	for _, a := range accounts {
		k.account(a)
	}
	events, err := s.Events(t.Context(), core.EventFilter{}, core.PageOf{Limit: 1000})
	k.must(err)
	for _, e := range events {
		if strings.HasPrefix(string(e.Name), "key.") {
			continue // keys are tended beside requests
		}
		k.add("event %s of %q (%s)", e.Name, k.client(e.Client), e.Reason)
	}
	slices.Sort(k.lines)
	if once {
		k.lines = slices.CompactFunc(k.lines, func(a, b string) bool { return a == b && asked.MatchString(a) })
	}
	return strings.Join(k.lines, "\n")
}

// asked are events of what was asked for, not of what came of it.
var asked = regexp.MustCompile(`^event (session\.sign_in_refused|mail\.code_sent|password\.reset_requested|grant\.code_client_mismatch) `)

type keeper struct {
	t     *testing.T
	s     core.Store
	lines []string
	// programs are clients whose ids differ from run to run, with their names.
	programs map[string]string
}

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) add(format string, args ...any) {
	k.lines = append(k.lines, fmt.Sprintf(format, args...))
}

// clients describes all clients, but for when they were used, which is noted
// beside requests.
func (k *keeper) clients() {
	clients, err := k.s.Clients(k.t.Context(), "", 100)
	k.must(err)
	for _, c := range clients {
		if c.Lane == core.LaneDCR {
			k.programs[c.ID] = "the program " + c.Name
		}
		r := c.Record
		k.add("%s is a client: disabled %v, deleted %v, epoch %d, waits %v, approved by %q, admitted %v", k.client(c.ID), c.Disabled, c.Deleted, c.Epoch,
			!r.WaitingSince.IsZero(), r.ApprovedBy, !r.AdmittedAt.IsZero())
	}
}

func (k *keeper) client(id string) string {
	if name := k.programs[id]; name != "" {
		return name
	}
	return id
}

// account describes an account with all that hangs on it.
func (k *keeper) account(a core.Account) {
	ctx, all := k.t.Context(), core.PageOf{Limit: 100}
	identifiers, err := k.s.Identifiers(ctx, a.ID)
	k.must(err)
	name := "nobody"
	for _, i := range identifiers {
		name = i.Value
	}
	k.add("%s is an account with %d identifiers, sign-in epoch %d, grants epoch %d", name, len(identifiers), a.SignInEpoch, a.GrantsEpoch)
	credentials, err := k.s.Credentials(ctx, a.ID)
	k.must(err)
	for _, c := range credentials {
		k.add("%s has a credential %s", name, c.Kind)
	}
	sessions, err := k.s.SessionsOf(ctx, a.ID, all)
	k.must(err)
	for _, s := range sessions {
		k.add("%s has a session: %d authentications, ended %v, of epoch %d", name, len(s.Authentications), s.Ended, s.SignInEpoch)
	}
	consents, err := k.s.Consents(ctx, a.ID, "", 100)
	k.must(err)
	for _, c := range consents {
		k.add("%s has consented to %s: %v, remembered %v, epoch %d", name, k.client(c.Client), c.Access, c.Remembered, c.Epoch)
	}
	clients := map[string]core.Client{}
	rows, err := k.s.Clients(ctx, "", 100)
	k.must(err)
	for _, c := range rows {
		clients[c.ID] = c
	}
	grants, err := k.s.Grants(ctx, core.GrantFilter{Account: a.ID}, all)
	k.must(err)
	for _, g := range grants {
		if g.Generation == 0 && (g.State == core.GrantCode || g.State == core.GrantRevoked) {
			continue // nobody has come with it, so that nobody may have it
		}
		if clients[g.Client].Epoch > g.Epochs.Client {
			g.State = core.GrantRevoked // it has ended, whether or not its row says so yet
		}
		k.add("%s has a grant for %s: %s, generation %d, access epoch %d", name, k.client(g.Client), g.State, g.Generation, g.AccessEpoch)
	}
}
