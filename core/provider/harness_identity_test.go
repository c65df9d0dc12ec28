package provider_test

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// otherProvider is an authenticator for tests that speaks to another identity
// provider: its form, or the query that a browser brings back, is what that one
// says. "company" does so by connections.
type otherProvider struct{ method string }

func (o otherProvider) Method() string { return o.method }

func (otherProvider) Label() string            { return "" }
func (o otherProvider) Start(core.Tools) error { return nil }
func (o otherProvider) Steps() []core.Step     { return []core.Step{core.Step(o.method)} }
func (o otherProvider) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: core.Step(o.method), core.TurnEnrol: core.Step(o.method)}
}
func (o otherProvider) Usable(core.Account, []core.Credential) bool { return true }

func (o otherProvider) Revoke(context.Context, core.Turn, core.Credential) error { return nil }

func (o otherProvider) Endpoints() []core.Endpoint {
	path := "/" + o.method + "/back"
	if o.method == "company" {
		path = "/company/{connection}/back"
	}
	return []core.Endpoint{{Kind: core.EndpointReturn, Path: path, Arrive: func(_ context.Context, r core.Returned) (core.Arrival, error) {
		a := core.Arrival{Step: core.Step(o.method), State: r.Values.Get("state")}
		if a.State == "" {
			a.Notes = []byte(r.Values.Encode())
		}
		return a, nil
	}}}
}

func (o otherProvider) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Returned != nil {
		return o.identified(t, t.Returned.Values), nil
	}
	if t.Notes != nil {
		brought, err := url.ParseQuery(string(t.Notes))
		return o.identified(t, brought), err
	}
	if o.method == "company" && t.Connection == nil {
		return nil, core.PageNotAllowed
	}
	page := core.Page{Name: o.method}
	if t.Connection != nil {
		page.Args = map[string]any{"connection": t.Connection.ID.String(), "secret": string(t.Connection.Sealed)}
	}
	return core.Show{Page: page}, nil
}

func (o otherProvider) Continue(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Form.Get("away") != "" {
		return core.Redirect{URL: "https://idp.example/?state=" + t.State()}, nil
	}
	return o.identified(t, t.Form), nil
}

func (o otherProvider) identified(t core.Turn, said url.Values) core.Reply {
	id := core.Identity{
		Key:    core.CredentialKey{Kind: o.method, Handle: "https://idp.example " + said.Get("sub")},
		Issuer: "https://idp.example", Subject: said.Get("sub"), Stable: said.Get("unstable") == "",
		EmailTrusted: said.Get("trusted") != "", SessionIndex: said.Get("index"), Secret: []byte(said.Get("tokens")),
	}
	if t.Connection != nil {
		id.Key.Handle = t.Connection.ID.String() + " " + said.Get("sub")
	}
	id.Profile = core.Profile{Name: said.Get("name"), Email: said.Get("email"), EmailVerified: said.Get("verified") != "", Picture: said.Get("picture")}
	if amr := said.Get("amr"); amr != "" {
		id.AMR = strings.Fields(amr)
	}
	if ago, err := time.ParseDuration(said.Get("ago")); err == nil && !t.Request.Asks(core.PromptLogin) {
		id.AuthTime = t.At.Add(-ago) // silently, unless asked to have the person sign in
	}
	if ends, err := time.ParseDuration(said.Get("ends")); err == nil {
		id.SessionEnds = t.At.Add(ends)
	}
	return core.Identified{Identity: id}
}

// others gives a world the password, an identity provider configured in code, one
// by connections, and a second factor.
func others(c *provider.Config) {
	c.Authenticators = []core.Authenticator{secretWord{}, otherProvider{"elsewhere"}, otherProvider{"company"}, generator}
	c.JustInTime = true
}

// elsewhere goes from a request to the other provider and says what it says.
func (b *browser) elsewhere(target string, said ...string) shown {
	b.w.t.Helper()
	s := b.get(target)
	b.want(s, core.PageSignIn)
	s = b.submit(s, "way", "elsewhere")
	b.want(s, "elsewhere")
	return b.submit(s, said...)
}

// organization stores one with domains and connections, all switched on.
func (w *world) organization(name string, require bool, domains []string, connections ...core.Connection) (core.Organization, []core.Connection) {
	w.t.Helper()
	o := core.Organization{ID: core.NewID(w.now()), Name: name, Row: core.Row{Change: core.NewID(w.now())}}
	o.DisplayName, o.RequireConnection = strings.ToUpper(name), require
	w.must(w.store.CreateOrganization(context.Background(), core.OrganizationChange{Organization: o, PutDomains: domains}))
	for n := range connections {
		connections[n].Organization = o.ID
		connections[n] = w.connection(connections[n])
	}
	o.Version = 1
	return o, connections
}

// connection stores one of kind "company".
func (w *world) connection(c core.Connection) core.Connection {
	w.t.Helper()
	c.ID, c.Change = core.NewID(w.now()), core.NewID(w.now())
	if c.Kind == "" {
		c.Kind = "company"
	}
	w.must(w.store.CreateConnection(context.Background(), c))
	c.Version = 1
	return c
}

func justInTime(label string, roles ...string) core.Connection {
	return core.Connection{ConnectionTerms: core.ConnectionTerms{Label: label, JustInTime: true, Roles: roles}}
}

// holder is the account that an address finds; zero for none.
func (w *world) holder(email string) core.Account {
	w.t.Helper()
	a, err := w.store.AccountByIdentifier(context.Background(), core.Identifier{Kind: core.IdentifierEmail, Value: email})
	if err != nil {
		return core.Account{}
	}
	return a
}

// linkedTo is the account that an identity of "elsewhere" is linked to.
func (w *world) linkedTo(sub string) core.ID {
	c, err := w.store.Credential(context.Background(), core.CredentialKey{Kind: "elsewhere", Handle: "https://idp.example " + sub})
	if err != nil {
		return core.ID{}
	}
	return c.Account
}

func (w *world) accounts() int {
	w.t.Helper()
	all, err := w.store.Accounts(context.Background(), core.PageOf{Limit: 1000})
	w.must(err)
	return len(all)
}

func (w *world) credential(c core.Credential) {
	w.t.Helper()
	a, err := w.store.Account(context.Background(), c.Account)
	w.must(err)
	a.Change, c.Change = core.NewID(w.now()), core.NewID(w.now())
	w.must(w.store.UpdateAccount(context.Background(), core.AccountChange{Account: a, PutCredentials: []core.Credential{c}}))
}
