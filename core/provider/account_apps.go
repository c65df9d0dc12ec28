package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// What is read for one person's list, at the most. What is disconnected does not
// depend on it: that is one row, whatever the list shows.
const (
	appGrantPage    = 1000
	appGrantPages   = 5
	appConsentPage  = 100
	appConsentPages = 10
	appsShown       = 20 // on one page
)

// connectedApp is a client with what an account has let it have.
type connectedApp struct {
	client  string
	consent core.Consent // Version 0: none
	grants  []core.Grant // that stand, as far as the account can tell
	used    time.Time
}

// agreed says whether the person has agreed and not taken it back since.
func (c *connectedApp) agreed() bool { return c.consent.Version > 0 && !c.consent.FirstAt.IsZero() }

// connected is what an account's list is made of.
type connected struct {
	apps     []*connectedApp // used last first
	sessions map[core.ID]core.Session
	// cut: there were more rows than are read.
	cut bool
}

// connectedApps gathers consents, sessions and grants of an account and puts them
// together: some statements for each thousand of rows, none for each app. What is
// over or was withdrawn is left out.
func (p *Provider) connectedApps(ctx context.Context, a *core.Account, at time.Time) (*connected, error) {
	all := &connected{sessions: map[core.ID]core.Session{}}
	by := map[string]*connectedApp{}
	if err := p.gatherConsents(ctx, a.ID, all, by); err != nil {
		return nil, err
	}
	open, err := p.openSessions(ctx, a, at)
	if err != nil {
		return nil, err
	}
	for _, s := range open {
		all.sessions[s.ID] = s
	}
	if err := p.gatherGrants(ctx, a, at, all, by); err != nil {
		return nil, err
	}
	for _, app := range by {
		if app.agreed() || len(app.grants) > 0 {
			all.apps = append(all.apps, app)
		}
	}
	slices.SortFunc(all.apps, func(a, b *connectedApp) int {
		if order := b.used.Compare(a.used); order != 0 {
			return order
		}
		return strings.Compare(a.client, b.client)
	})
	return all, nil
}

func (p *Provider) gatherConsents(ctx context.Context, account core.ID, all *connected, by map[string]*connectedApp) error {
	after := ""
	for range appConsentPages {
		rows, err := p.Store.Consents(ctx, account, after, appConsentPage)
		if err != nil {
			return err
		}
		for _, c := range rows {
			by[c.Client] = &connectedApp{client: c.Client, consent: c, used: c.LastAt}
			after = c.Client
		}
		if len(rows) < appConsentPage {
			return nil
		}
	}
	all.cut = true
	return nil
}

func (p *Provider) gatherGrants(ctx context.Context, a *core.Account, at time.Time, all *connected, by map[string]*connectedApp) error {
	var after core.ID
	for range appGrantPages {
		rows, err := p.Store.Grants(ctx, core.GrantFilter{Account: a.ID}, core.PageOf{After: after, Limit: appGrantPage})
		if err != nil {
			return err
		}
		for i := range rows {
			g := &rows[i]
			after = g.ID
			app := by[g.Client]
			if app == nil {
				app = &connectedApp{client: g.Client}
				by[g.Client] = app
			}
			if g.Epochs.Consent != app.consent.Epoch {
				continue
			}
			if used := usedAt(g, p.Lifetimes.RefreshIdle, at); used.After(app.used) {
				app.used = used
			}
			if works(g, all.standing(a, app, g), at) {
				app.grants = append(app.grants, *g)
			}
		}
		if len(rows) < appGrantPage {
			return nil
		}
	}
	all.cut = true
	return nil
}

// standing is how all that a grant depends on stands, but for its client, which is
// taken to be as it was: it is looked at for those apps alone that are shown.
func (c *connected) standing(a *core.Account, app *connectedApp, g *core.Grant) core.Standing {
	s := core.Standing{Account: a.Standing(), Consent: app.consent.Epoch, Client: core.ClientStanding{Epoch: g.Epochs.Client}}
	if in, ok := c.sessions[g.Session]; ok {
		s.Session = core.SessionStanding{Found: true, SignInEpoch: in.SignInEpoch, Ends: in.Ends, IdleEnds: in.IdleEnds}
	}
	return s
}

// works says whether the client can still get something by the grant: it stands,
// and a code, a refresh token or an access token of it is not over.
func works(g *core.Grant, s core.Standing, at time.Time) bool {
	if g.Stands(s, at) != "" {
		return false
	}
	switch g.State {
	case core.GrantCode, core.GrantApproved:
		return at.Before(g.CodeEnds)
	case core.GrantActive:
		return g.LongLived || g.Refreshable && (g.IdleEnds.IsZero() || at.Before(g.IdleEnds)) ||
			at.Before(g.RotatedAt.Add(core.MaxShortLived))
	}
	return false
}

// usedAt is when tokens were last given by the grant. Where refresh tokens are not
// replaced, their mark of use tells: it is up to a sixteenth of the idle time old.
// A mark that is still to come was made under another idle time, and tells nothing.
func usedAt(g *core.Grant, idle time.Duration, at time.Time) time.Time {
	used := g.CreatedAt
	if g.RotatedAt.After(used) {
		used = g.RotatedAt
	}
	mark := g.IdleEnds.Add(-idle)
	if g.Refreshable && g.IdleEnds.Before(g.Ends) && mark.After(used) && !mark.After(at) {
		used = mark
	}
	return used
}

// view is one app as its owner sees it; false where nothing of it stands once the
// client itself was looked at. One that is switched off stands still: switched on
// again, it would have what it had.
func (p *Provider) view(ctx context.Context, all *connected, app *connectedApp, session core.ID, at time.Time) (core.ConnectedApp, bool, error) {
	c, known, err := p.clientOrNone(ctx, app.client)
	if err != nil {
		return core.ConnectedApp{}, false, err
	}
	app.grants = slices.DeleteFunc(app.grants, func(g core.Grant) bool { return g.Epochs.Client != c.Epoch })
	if !app.agreed() && len(app.grants) == 0 {
		return core.ConnectedApp{}, false, nil
	}
	idle := c.Lifetimes.Or(p.Lifetimes).RefreshIdle
	slices.SortFunc(app.grants, func(a, b core.Grant) int { return usedAt(&b, idle, at).Compare(usedAt(&a, idle, at)) })
	if len(app.grants) > 0 && usedAt(&app.grants[0], idle, at).After(app.used) {
		app.used = usedAt(&app.grants[0], idle, at)
	}
	if !known {
		c.Lane = app.lane()
	}
	v := core.ConnectedApp{
		Key: app.client, App: *appView(c, firstOr(c.RedirectURIs)), Off: !known || c.Disabled || c.Deleted,
		Own: c.FirstParty && c.Lane == core.LaneSeeded, Since: app.consent.FirstAt, UsedAt: app.used, Count: len(app.grants),
	}
	access := app.consent.Access
	for i := range app.grants {
		g := &app.grants[i]
		access = core.Union(access, g.Access)
		v.Away = v.Away || g.Offline
		if v.Since.IsZero() || g.CreatedAt.Before(v.Since) {
			v.Since = g.CreatedAt
		}
		if i < core.MaxListedSignIns {
			v.SignIns = append(v.SignIns, signInItem(all, g, session, usedAt(g, idle, at)))
		}
	}
	v.Access = p.appAccess(access)
	return v, true, nil
}

// clientOrNone finds a client as far as it is known here: nobody elsewhere is
// asked, and one that has gone is no error. Only an outage is.
func (p *Provider) clientOrNone(ctx context.Context, id string) (core.Client, bool, error) {
	c, err := p.knownClient(ctx, id)
	if err == nil {
		return *c, true, nil
	}
	if errors.Is(err, core.ErrUnavailable) {
		return core.Client{}, false, err
	}
	row, err := p.Store.Client(ctx, id) // a lane shows no tombstone; its epoch counts
	if errors.Is(err, core.ErrUnavailable) {
		return core.Client{}, false, err
	}
	return row, false, nil
}

// lane of a client that nobody knows any more.
func (c *connectedApp) lane() core.Lane {
	if c.agreed() || len(c.grants) == 0 {
		return c.consent.Lane
	}
	return c.grants[0].Lane
}

// signInItem is one sign-in of an app: where it was begun, as far as that is known.
func signInItem(all *connected, g *core.Grant, session core.ID, used time.Time) core.Item {
	i := core.Item{Kind: "grant", Key: g.ID.String(), Since: g.CreatedAt, UsedAt: used, Acts: []string{actEndGrant}}
	if g.ByDevice() {
		i.Kind = "device" // begun elsewhere, and answered in a browser
		return i
	}
	if s, ok := all.sessions[g.Session]; ok {
		if i.Label, i.Current = device(s.Agent), s.ID == session; i.Label == "" {
			i.Kind = "session" // a browser that does not say which, but that is signed in
		}
	}
	return i
}

// appAccess is access in the order in which a consent page shows it.
func (p *Provider) appAccess(access []core.Access) []core.AppAccess {
	out := make([]core.AppAccess, 0, len(access))
	for _, a := range access {
		one := core.AppAccess{}
		if a.Resource != "" {
			view := p.resourceView(a.Resource)
			one.Resource = &view
		}
		for _, s := range a.Scopes {
			one.Scopes = append(one.Scopes, core.ScopeView{Name: s, Text: p.scopeText(s)})
		}
		out = append(out, one)
	}
	return out
}

func firstOr(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
