// Package legacy signs people in with the name and password of an older login
// system, asked over HTTP: each gets an account here the first time, and the old
// system can be switched off once all have come.
package legacy

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Method is the name of this way to sign in, and the kind of its credentials.
const Method = "legacy"

const step core.Step = "legacy"

// Options say where the old system is.
type Options struct {
	// URL that name and password are posted to, as JSON. It answers 200 with id,
	// email and name, or 401.
	URL string
	// Token proves to the old system who asks.
	Token string
	// Client is used for it; nil means one that gives up after five seconds.
	Client *http.Client
}

// Authenticator asks the old system. It holds nothing of a request.
type Authenticator struct{ options Options }

// New checks the options.
func New(o Options) (*Authenticator, error) {
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" {
		return nil, errors.New("legacy: Options.URL is no address: give the one that checks name and password")
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 5 * time.Second}
	}
	return &Authenticator{o}, nil
}

// Method is "legacy".
func (a *Authenticator) Method() string { return Method }

// Label is empty: pages know its method.
func (*Authenticator) Label() string { return "" }

// Start needs nothing of the process.
func (a *Authenticator) Start(core.Tools) error { return nil }

// Steps is its one page.
func (a *Authenticator) Steps() []core.Step { return []core.Step{step} }

// Starts says that it signs in, and nothing else.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: step}
}

// Usable says whether the account came from the old system.
func (a *Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	return slices.ContainsFunc(of, func(c core.Credential) bool { return c.Kind == Method })
}

// Endpoints is empty: it has no URLs of its own.
func (a *Authenticator) Endpoints() []core.Endpoint { return nil }

// Begin draws the page. The name was typed before.
func (a *Authenticator) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Purpose != core.TurnSignIn {
		return nil, core.PageNotFound
	}
	if t.Identifier == "" {
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	return core.Show{Page: page(t)}, nil
}

func page(t core.Turn, problems ...core.Problem) core.Page {
	return core.Page{Name: core.PagePassword, Account: &core.AccountView{Email: t.Identifier}, Problems: problems}
}

func refused(t core.Turn, status int, problem core.Problem) core.Refused {
	p := page(t, problem)
	p.Status = status
	return core.Refused{Page: p}
}

// Limits of guessing: the old system may have none.
const (
	triesName    = 10
	triesAddress = 100
	triesWindow  = 15 * time.Minute
	maxPassword  = 1024
)

// Continue counts the attempt, then asks. Whoever there is no account for, here or
// there, costs the same.
func (a *Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if t.Purpose != core.TurnSignIn {
		return nil, core.PageNotFound
	}
	name, password := strings.ToLower(strings.TrimSpace(t.Identifier)), t.Form["password"]
	if name == "" || len(password) != 1 || password[0] == "" || len(password[0]) > maxPassword {
		return refused(t, http.StatusBadRequest, core.Problem{Field: "password", ID: "password_empty"}), nil
	}
	err := t.Reserve(ctx,
		core.NamedLimit{Parts: []string{"legacy name", name}, Max: triesName, Window: triesWindow},
		core.NamedLimit{Parts: []string{"legacy address", t.Address}, Max: triesAddress, Window: triesWindow})
	var throttled *core.Throttled
	if errors.As(err, &throttled) {
		return refused(t, http.StatusTooManyRequests, core.Problem{ID: "many_tries", Args: map[string]any{"duration": throttled.Until.Sub(t.At)}}), nil
	}
	if err != nil {
		return nil, err
	}
	who, err := a.ask(ctx, name, password[0])
	switch {
	case errors.Is(err, errWrong):
		reply := refused(t, 0, core.Problem{Field: "password", ID: "password_wrong"})
		reply.Events = []core.Event{{
			ID: core.NewID(t.At), At: t.At, Name: core.EventSignInRefused, EventTerms: core.EventTerms{Reason: Method, Address: t.Address},
		}}
		return reply, nil
	case err != nil:
		return nil, core.Unavailable(err)
	}
	return a.account(ctx, t, who)
}

// account finds who it is here, or makes an account the first time.
func (a *Authenticator) account(ctx context.Context, t core.Turn, who person) (core.Reply, error) {
	key := Key(who.ID)
	c, err := t.Find.Credential(ctx, key)
	if errors.Is(err, core.ErrNotFound) {
		return a.first(ctx, t, who)
	}
	if err != nil {
		return nil, err
	}
	c.UsedAt = t.At
	return core.Authenticated{Account: c.Account, AMR: []string{"pwd"}, Credential: &c}, nil
}

// first makes the account of somebody who comes for the first time. An account
// that has the address already is somebody's own: it is not joined on the old
// system's word.
func (a *Authenticator) first(ctx context.Context, t core.Turn, who person) (core.Reply, error) {
	change := Account(who.ID, who.Email, who.Name, t.At)
	_, err := t.Find.ByIdentifier(ctx, change.PutIdentifiers[0])
	switch {
	case err == nil:
		return refused(t, http.StatusConflict, core.Problem{ID: "password_wrong"}), nil
	case !errors.Is(err, core.ErrNotFound):
		return nil, err
	}
	created := core.Event{ID: core.NewID(t.At), At: t.At, Name: core.EventAccountCreated, EventTerms: core.EventTerms{Address: t.Address}}
	return core.Enrolled{New: true, Change: change, AMR: []string{"pwd"}, Keep: core.Keep{Events: []core.Event{created}}}, nil
}

// Key is what an account is found by: the id of the old system, hashed to one
// length.
func Key(id string) core.CredentialKey {
	sum := sha256.Sum256([]byte(id))
	return core.CredentialKey{Kind: Method, Handle: base64.RawURLEncoding.EncodeToString(sum[:])}
}

// Account is the account of somebody of the old system. Its address counts as
// proven only after a code of ours.
func Account(id, email, name string, at time.Time) core.AccountChange {
	account := core.Account{ID: core.NewID(at), Profile: core.Profile{Email: email, Name: name, CreatedAt: at}}
	return core.AccountChange{
		Account:        account,
		PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: strings.ToLower(email)}},
		PutCredentials: []core.Credential{{
			CredentialKey: Key(id), Account: account.ID,
			CredentialTerms: core.CredentialTerms{Label: email, CreatedAt: at},
		}},
	}
}
