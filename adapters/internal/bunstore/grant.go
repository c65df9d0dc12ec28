package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// grantValues are the places for a grant's columns.
type grantValues struct {
	id, state, account, client, session, userCode, waitingCode octets
	rowValues
}

func (v *grantValues) into() []any {
	return []any{
		&v.id, &v.state, &v.account, &v.client, &v.session, &v.userCode, &v.waitingCode,
		&v.version, &v.change, &v.keepUntil, &v.payload, // as rowValues.into
	}
}

func (v *grantValues) grant() (core.Grant, error) {
	g := core.Grant{
		ID: v.id.id(), Row: v.row(), State: core.GrantState(v.state), Account: v.account.id(),
		Client: string(v.client), Session: v.session.id(), UserCode: v.userCode.hash(),
	}
	return g, g.UnmarshalPayload(v.payload)
}

// standingValues are the places for standing: its numbers in their order, and lists of
// them where the dialect gives arrays.
type standingValues struct {
	all                      [11]number
	account, client, session numbers // lists of all
}

// rows are the numbers of each row of standing.
func (v *standingValues) rows() (account, client, consent, session numbers) {
	return v.all[0:3], v.all[3:6], v.all[6:7], v.all[7:11]
}

func (v *standingValues) into(db *DB) []any {
	if db.dialect.Arrays {
		var consent numbers
		v.account, v.client, consent, v.session = v.rows()
		return []any{&v.account, &v.client, &consent[0], &v.session}
	}
	places := make([]any, len(v.all))
	for n := range v.all {
		places[n] = &v.all[n]
	}
	return places
}

func (v *standingValues) standing() core.Standing {
	account, client, consent, session := v.rows()
	return core.Standing{
		Account: core.AccountStanding{
			Found: account[0].has, Disabled: account[0].flag(), SignInEpoch: account[1].count(), GrantsEpoch: account[2].count(),
		},
		Client:  (&clientStandingValues{client[0], client[1], client[2]}).standing(),
		Consent: consent[0].count(),
		Session: core.SessionStanding{
			Found: session[0].has, Ended: session[0].flag(), SignInEpoch: session[1].count(),
			Ends: session[2].instant(), IdleEnds: session[3].instant(),
		},
	}
}

// CreateGrant stores a new grant.
func (s *store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	return s.create(ctx, s.db.tables.grants, s.insertArgs(&g.Row, payload, idValue(g.ID), textValue(string(g.State)),
		idValue(g.Account), textValue(g.Client), idValue(g.Session), hashValue(g.UserCode), waitingCode(&g)), events)
}

// waitingCode is the user code as long as it finds the grant, and NULL from then
// on, so that a plain unique index guards it.
func waitingCode(g *core.Grant) any {
	if g.State != core.GrantWaiting || g.UserCode.IsZero() {
		return nil
	}
	return g.UserCode[:]
}

// grantUpdate is how to update a grant: a statement that leaves alone the columns by
// which grants are found, and one for where that meets no row.
type grantUpdate struct {
	likely       *statement // nil where such a column changes for sure
	args         []any
	waiting, end any // of the columns that likely leaves alone
}

func (s *store) grantUpdate(g *core.Grant) (grantUpdate, error) {
	payload, err := g.MarshalPayload()
	if err != nil {
		return grantUpdate{}, err
	}
	ids := [...]core.ID{g.ID, g.Change, g.Account, g.Session} // together: one place for all
	end, keep := endValue(g.KeepUntil), any(int64(0))
	if end != nil {
		keep = end
	}
	u := grantUpdate{
		likely: s.db.hot.moveGrant, waiting: waitingCode(g), end: end,
		args: []any{
			textValue(string(g.State)), ids[1][:], payload, s.key, ids[0][:], countValue(g.Version), ids[2][:],
			textValue(g.Client), ids[3][:], hashValue(g.UserCode), keep,
		},
	}
	if u.waiting != nil {
		u.likely = nil
	}
	return u, nil
}

// all are the parameters of the statement with all columns.
func (u *grantUpdate) all() []any {
	state, change, payload, tenant, id, version := u.args[0], u.args[1], u.args[2], u.args[3], u.args[4], u.args[5]
	account, client, session, code := u.args[6], u.args[7], u.args[8], u.args[9]
	return []any{state, account, client, session, code, u.waiting, change, u.end, payload, tenant, id, version}
}

// updateGrant first tries the statement that rotation and redemption need: to name
// columns that stay as they are would write their indexes anew. Where it meets no
// row, either such a column changes, as the end of a device's grant does and of a code
// that an earlier release made, or the version has moved.
func (r runner) updateGrant(u grantUpdate) (int64, error) {
	if u.likely != nil {
		if n, err := r.exec(u.likely, u.args...); err != nil || n > 0 {
			return n, err
		}
	}
	return r.exec(r.db.tables.grants.update, u.all()...)
}

// UpdateGrant replaces a grant under its version.
func (s *store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	u, err := s.grantUpdate(&g)
	if err != nil {
		return err
	}
	rows, err := s.eventRows(events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, len(rows) > 0, func(r runner) error {
		if err := changed(r.updateGrant(u)); err != nil {
			return taken(err, "user_code")
		}
		return r.append(rows)
	})
}

// Grant reads a grant and how all it depends on stands, in one statement.
func (s *store) Grant(ctx context.Context, id core.ID) (g core.Grant, st core.Standing, err error) {
	var v struct {
		grantValues
		standingValues
	}
	into := append(v.grantValues.into(), v.standingValues.into(s.db)...)
	err = s.db.one(ctx, s.db.hot.grant, []any{s.key, idValue(id)}, into, func() (err error) {
		g, err = v.grant()
		st = v.standing()
		return err
	})
	return g, st, err
}

// GrantAndAccount is Grant with the account, in one statement.
func (s *store) GrantAndAccount(
	ctx context.Context, id core.ID,
) (g core.Grant, a core.Account, st core.Standing, err error) {
	var v struct {
		grantValues
		standingValues
		account accountValues
	}
	into := append(append(v.grantValues.into(), v.standingValues.into(s.db)...), v.account.into()...)
	err = s.db.one(ctx, s.db.hot.grantAndAccount, []any{s.key, idValue(id)}, into, func() (err error) {
		st = v.standing()
		if g, err = v.grant(); err == nil && st.Account.Found {
			a, err = v.account.account()
		}
		return err
	})
	return g, a, st, err
}
