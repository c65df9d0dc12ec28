package provider

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
)

// The acts that the provider makes itself. Those of authenticators are named as
// Interaction.Action says.
const (
	actRemove    = "remove"
	actRename    = "rename"
	actEnd       = "end"
	actEndOthers = "end-others"
	actEmail     = "email"
	actDelete    = "delete"
)

// ownActs is the table of them: what draws the page, what is done then.
func (p *Provider) ownActs() map[string][2]func(context.Context, core.Turn) (core.Reply, error) {
	return map[string][2]func(context.Context, core.Turn) (core.Reply, error){
		actRemove:    {p.beginRemove, p.remove},
		actRename:    {p.beginRename, p.rename},
		actEnd:       {p.beginEnd, p.endNamed},
		actEndOthers: {p.beginEnd, p.endOthers},
		actEmail:     {p.beginEmail, p.changeEmail},
		actDelete:    {p.beginDelete, p.deleteAccount},
	}
}

func (p *Provider) beginOwnAct(ctx context.Context, t core.Turn) (core.Reply, error) {
	verb, _ := actOf(t)
	if act, ok := p.ownActs()[verb]; ok && !t.Account.ID.IsZero() {
		return act[0](ctx, t)
	}
	return nil, core.PageNotFound
}

func (p *Provider) ownAct(ctx context.Context, t core.Turn) (core.Reply, error) {
	verb, _ := actOf(t)
	if act, ok := p.ownActs()[verb]; ok && !t.Account.ID.IsZero() {
		return act[1](ctx, t)
	}
	return nil, core.PageNotFound
}

// actOf reads the action of a turn: "remove:5f2c…".
func actOf(t core.Turn) (verb, key string) {
	verb, key, _ = strings.Cut(t.Action, ":")
	return verb, key
}

// actPage asks once more, with what the act is about.
func actPage(verb string, items ...core.Item) core.Page {
	return core.Page{Name: core.PageAct, Items: items, Args: map[string]any{"act": strings.ReplaceAll(verb, "-", "_")}, Links: map[string]string{"account": accountLink}}
}

// happenedTo is an event that the provider completes when it writes it.
func happenedTo(t core.Turn, name core.EventName, reason string) core.Event {
	return core.Event{Name: name, Account: t.Account.ID, EventTerms: core.EventTerms{Reason: reason}}
}

// toldOf is the letter to the owner of the account about a change (ASVS 6.3.7); one
// without an address hears nothing.
func toldOf(t core.Turn, name, thing string) []core.Letter {
	if t.Account.Email == "" {
		return nil
	}
	return []core.Letter{{Name: name, To: t.Account.Email, Locales: t.Locales, Brand: t.Brand, Thing: thing}}
}

// ownedWay finds the way that the turn is about, among all credentials. It is read
// after the account, so that a change meanwhile refuses the write.
func (p *Provider) ownedWay(ctx context.Context, t core.Turn) (way, []core.Credential, error) {
	all, err := t.Find.Credentials(ctx, t.Account.ID)
	if err != nil {
		return way{}, nil, err
	}
	_, key := actOf(t)
	ways := p.waysOf(t.Account.ID, all)
	at := slices.IndexFunc(ways, func(w way) bool { return w.key == key })
	if at < 0 {
		return way{}, nil, core.PageNotFound // removed meanwhile, or never this account's
	}
	return ways[at], all, nil
}

func (p *Provider) beginRemove(ctx context.Context, t core.Turn) (core.Reply, error) {
	w, all, err := p.ownedWay(ctx, t)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: p.removePage(t, &w, all)}, nil
}

func (p *Provider) removePage(t core.Turn, w *way, all []core.Credential) core.Page {
	item := p.item(t.Account, w, all)
	page := actPage(actRemove, item)
	if item.Last {
		page.Problems = []core.Problem{{ID: "last_way"}}
	}
	return page
}

// remove takes a way to sign in from the account, unless it is the last: then the
// account would be lost to its owner (WN-24, LNK13). Of two that are removed at once
// one wins, since both change the account as it was read.
func (p *Provider) remove(ctx context.Context, t core.Turn) (core.Reply, error) {
	w, all, err := p.ownedWay(ctx, t)
	if err != nil {
		return nil, err
	}
	if page := p.removePage(t, &w, all); len(page.Problems) > 0 {
		return core.Refused{Page: page}, nil
	}
	change := core.AccountChange{Account: t.Account}
	for _, c := range w.of {
		change.RemoveCredentials = append(change.RemoveCredentials, c.CredentialKey)
	}
	return removed{gone: w.of, Enrolled: core.Enrolled{Change: change, EndSessions: t.Form.Get("end_sessions") != "", Keep: core.Keep{
		Events:  []core.Event{happenedTo(t, core.EventCredentialRemoved, w.kind)},
		Letters: toldOf(t, "changed", w.kind),
	}}}, nil
}

func (p *Provider) beginRename(ctx context.Context, t core.Turn) (core.Reply, error) {
	w, all, err := p.ownedWay(ctx, t)
	if err != nil {
		return nil, err
	}
	page := actPage(actRename, p.item(t.Account, &w, all))
	page.Values = map[string]string{"label": w.of[0].Label}
	return core.Show{Page: page}, nil
}

// rename gives a way another name. It is for its owner alone, so no letter tells of
// it.
func (p *Provider) rename(ctx context.Context, t core.Turn) (core.Reply, error) {
	w, all, err := p.ownedWay(ctx, t)
	if err != nil {
		return nil, err
	}
	label, ok := plainLine(t.Form.Get("label"), maxLabel)
	if !ok || label == "" {
		page := actPage(actRename, p.item(t.Account, &w, all))
		page.Values = map[string]string{"label": t.Form.Get("label")}
		page.Problems = []core.Problem{{Field: "label", ID: "label"}}
		return core.Refused{Page: page}, nil
	}
	c := w.of[0]
	c.Label = label
	return core.Enrolled{
		Change: core.AccountChange{Account: t.Account, PutCredentials: []core.Credential{c}},
		Keep:   core.Keep{Events: []core.Event{happenedTo(t, core.EventAccountChanged, "renamed")}},
	}, nil
}

// maxLabel is the longest name of a way, in code points.
const maxLabel = 60

// plainLine is one line of text as somebody may read it again: no control or
// direction marks, not cut (XSS02, IDN08). Joiners are left: some scripts and emoji
// need them.
func plainLine(s string, most int) (line string, ok bool) {
	hidden := func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
	}
	line = strings.TrimSpace(s)
	return line, utf8.ValidString(s) && utf8.RuneCountInString(line) <= most && !strings.ContainsFunc(line, hidden)
}

// beginEnd asks before one session, or all others, are ended.
func (p *Provider) beginEnd(ctx context.Context, t core.Turn) (core.Reply, error) {
	verb, key := actOf(t)
	open, err := p.openSessions(ctx, &t.Account, t.At)
	if err != nil {
		return nil, err
	}
	items := slices.DeleteFunc(p.sessionItems(open, core.ID{}), func(i core.Item) bool { return verb == actEnd && i.Key != key })
	if verb == actEndOthers {
		items = nil
	}
	return core.Show{Page: actPage(verb, items...)}, nil
}

// endNamed ends one session of the account, at every replica (SE-08, SE-07).
func (p *Provider) endNamed(ctx context.Context, t core.Turn) (core.Reply, error) {
	_, key := actOf(t)
	open, err := p.openSessions(ctx, &t.Account, t.At)
	if err != nil {
		return nil, err
	}
	for _, s := range open {
		if p.itemKey(s.Account, "session", s.ID.String()) != key {
			continue
		}
		e := happenedTo(t, core.EventSignedOut, "owner")
		e.At, e.KeepUntil, e.Address = t.At, t.At.Add(core.KeepEvents), t.Address
		if err := p.endSessionRow(ctx, t.At, s, e); err != nil {
			return nil, err
		}
	}
	return acted{}, nil
}

// endOthers raises the account's epoch: whatever is signed in elsewhere, or is just
// signing in, has ended with the answer (LGO04). This browser's session is renewed.
func (p *Provider) endOthers(_ context.Context, t core.Turn) (core.Reply, error) {
	return core.Enrolled{Change: core.AccountChange{Account: t.Account}, EndSessions: true, Keep: core.Keep{
		Events:  []core.Event{happenedTo(t, core.EventSignedOut, "all_others")},
		Letters: toldOf(t, "changed", "sessions"),
	}}, nil
}
