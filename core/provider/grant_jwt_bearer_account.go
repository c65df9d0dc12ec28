package provider

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
	"github.com/keywright/keywright/internal/subject"
)

// kindUpstream is the kind of connections to OpenID providers, whose links tell
// issuer and subject.
const kindUpstream = "upstream"

var errClientAway = errors.New("the client's own document cannot be had")

// assertedPerson is who an assertion is about, on the way to an account.
type assertedPerson struct {
	newcomer
	q        *clientQuestion
	by       *core.TrustedIssuer
	identity core.Identity
	// here is the account that the issuer says it is; zero where it says none.
	here core.ID
}

// vouchedClient finds a client that describes itself elsewhere and that nobody here
// has seen, for a request in which a trusted issuer names it: for anybody else
// nothing is fetched (CM-19).
func (p *Provider) vouchedClient(ctx context.Context, q *clientQuestion) (*core.Client, error) {
	lane := p.laneOf(q.sent.clientID)
	if q.values.Get("grant_type") != core.GrantJWTBearer || len(p.trusted) == 0 || lane == nil || !lane.Remote() {
		return nil, core.ErrNotFound
	}
	asked := *q
	asked.client = &core.Client{ID: q.sent.clientID}
	_, _, err := p.readPersonAssertion(ctx, &asked)
	if errors.Is(err, core.ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		return nil, errors.Join(core.ErrNotFound, err)
	}
	found, err := p.findClient(ctx, q.sent.clientID)
	var fault *core.ClientFault
	var throttled *core.Throttled
	if errors.As(err, &fault) && fault.Reason == "unreachable" || errors.As(err, &throttled) {
		return nil, core.Unavailable(errClientAway) // the fault is an ErrNotFound: nobody knows whether it is there
	}
	return &found, err
}

// assertedAccount finds the account that an assertion is about, or makes it: by
// the rule that also holds for people who sign in through another provider, save
// that here is nobody to be asked (JG-02, EM-06).
func (p *Provider) assertedAccount(ctx context.Context, q *clientQuestion, a *assertion, claims *assertedPersonClaims) (core.Account, error) {
	person, err := p.personOf(ctx, q, a, claims)
	if err != nil {
		return core.Account{}, err
	}
	var account core.Account
	for range maxWrites {
		if account, err = person.resolve(ctx); !errors.Is(err, core.ErrConflict) {
			break
		}
	}
	if errors.Is(err, core.ErrConflict) {
		return account, core.Unavailable(err)
	}
	return account, err
}

// personOf is the person as the issuer names them. A connection that is switched
// off, or whose organization is, vouches for nobody.
func (p *Provider) personOf(ctx context.Context, q *clientQuestion, a *assertion, claims *assertedPersonClaims) (*assertedPerson, error) {
	t := a.by.People
	person := &assertedPerson{newcomer: newcomer{p: p, at: q.at, client: q.client.ID}, q: q, by: a.by}
	if claims.Here != "" {
		id, err := core.ParseID(strings.TrimPrefix(claims.Here, accountSubject))
		if err != nil || id.IsZero() {
			return nil, badAssertion("aud_sub names nobody here", errAssertionClaims)
		}
		person.here = id
	}
	if !t.Connection.IsZero() {
		c, err := p.openConnection(ctx, t.Connection)
		if errors.Is(err, core.ErrNotFound) {
			return nil, badAssertion("the issuer of the assertion is switched off here", err)
		}
		if err != nil {
			return nil, err
		}
		person.connection = c
	}
	person.identity = core.Identity{
		Key: person.key(a), Issuer: a.Issuer, Subject: a.Subject, Stable: true, AMR: a.methods(claims), ACR: claims.ACR, AuthTime: claims.AuthTime.Time(),
		Profile: core.Profile{
			Name: claims.Name, GivenName: claims.GivenName, FamilyName: claims.FamilyName, PreferredUsername: claims.Username,
			Email: claims.Email,
		},
	}
	person.identity.EmailTrusted = person.speaksFor(claims.Email)
	person.identity.Profile.EmailVerified = string(claims.EmailVerified) == "true" ||
		len(claims.EmailVerified) == 0 && t.InsecureAssumeEmailVerified && person.identity.EmailTrusted
	return person, nil
}

// key is the link by which the subject is known: that of a sign-in where people
// sign in through the same issuer.
func (n *assertedPerson) key(a *assertion) core.CredentialKey {
	t, connection := a.by.People, ""
	if n.connection != nil {
		connection = n.connection.ID.String()
	}
	switch {
	case t.Method != "":
		return core.CredentialKey{Kind: t.Method, Handle: subject.Of("", a.Issuer, a.Subject)}
	case n.connection != nil && n.connection.Kind == kindUpstream && a.by.Tenant == "":
		return core.CredentialKey{Kind: kindUpstream, Handle: subject.Of(connection, a.Issuer, a.Subject)}
	}
	return core.CredentialKey{Kind: core.CredentialAssertion, Handle: subject.Key("assertion", connection, a.Issuer, a.by.Tenant, a.Subject)}
}

// speaksFor says whether the issuer is the authority for an address. For one of an
// organization, whether the organization has proven the domain is judged besides.
func (n *assertedPerson) speaksFor(address string) bool {
	t := n.by.People
	if len(t.Domains) == 0 {
		return n.connection != nil && !n.connection.Organization.IsZero()
	}
	domain, ok := mailaddress.DomainOf(address)
	return ok && slices.Contains(t.Domains, domain)
}

// resolve does what core.ResolveIdentity says. ErrConflict: another request was
// faster, and all is to be read anew.
func (n *assertedPerson) resolve(ctx context.Context) (core.Account, error) {
	f, err := n.facts(ctx)
	if err != nil {
		return core.Account{}, err
	}
	if !n.here.IsZero() && f.Linked.ID != n.here && f.Holder.ID != n.here {
		return core.Account{}, badAssertion("aud_sub is not the person that sub is known as", errAssertionClaims)
	}
	switch step := core.ResolveIdentity(f); step.Act {
	case core.IdentityKnown:
		return f.Linked, n.checkStanding(ctx, f.Linked)
	case core.IdentityLink:
		return n.link(ctx, step.Account)
	case core.IdentityCreate:
		return n.create(ctx, step.Proven)
	default:
		return core.Account{}, badAssertion("nobody here is known by the subject of the assertion", errors.New(step.Reason))
	}
}

// facts reads what the rule looks at: the link first, and nothing else where there
// is one.
func (n *assertedPerson) facts(ctx context.Context) (core.IdentityFacts, error) {
	f := core.IdentityFacts{Identity: n.identity, MayCreate: n.mayCreate(), Unsolicited: true}
	linked, err := n.p.Store.Credential(ctx, n.identity.Key)
	if err == nil {
		if f.Linked, err = n.p.Store.Account(ctx, linked.Account); errors.Is(err, core.ErrNotFound) {
			err = badAssertion("the account of the assertion is switched off", err)
		}
		return f, err
	}
	if !errors.Is(err, core.ErrNotFound) {
		return f, err
	}
	if !n.here.IsZero() {
		if err := n.named(ctx, &f); err != nil {
			return f, err
		}
	}
	if address, err := mailaddress.Canonical(f.Identity.Profile.Email); err == nil {
		f.Addressed = true
		if err := n.holderOf(ctx, &f, address); err != nil {
			return f, err
		}
	}
	f.Answer, err = n.askHook(ctx, f.Identity, f.Holder.ID)
	return f, err
}

// named takes aud_sub for the address of the account that it names: to be linked
// by it, that has to be one that the issuer may speak for.
func (n *assertedPerson) named(ctx context.Context, f *core.IdentityFacts) error {
	f.MayCreate = false
	account, err := n.p.Store.Account(ctx, n.here)
	if err != nil {
		return ignoreMissing(err) // resolve refuses it
	}
	f.Identity.Profile.Email, f.Identity.Profile.EmailVerified = account.Email, account.EmailVerified
	f.Identity.EmailTrusted = n.speaksFor(account.Email)
	return nil
}

func (n *assertedPerson) mayCreate() bool {
	if n.connection != nil {
		return n.p.SignUp && n.connection.JustInTime
	}
	return n.p.SignUp && n.by.People.JustInTime
}

// link puts the link to an account that is there, and tells its owner.
func (n *assertedPerson) link(ctx context.Context, id core.ID) (core.Account, error) {
	account, err := n.p.Store.Account(ctx, id)
	if ignoreMissing(err) != nil {
		return account, err
	}
	if err := n.checkStanding(ctx, account); err != nil {
		return account, err
	}
	change, err := n.linkChange(ctx, account, n.identity)
	if err != nil {
		return account, err
	}
	e := n.event(core.EventIdentityLinked, "")
	if account.Email != "" {
		letter := core.Letter{Name: "changed", To: account.Email, Thing: "identity"}
		if account.Locale != "" {
			letter.Locales = []string{account.Locale}
		}
		d, err := n.p.delivery(n.at, letter)
		if err != nil {
			return account, err
		}
		e.Deliveries = []core.Delivery{d}
	}
	return n.write(ctx, change, e, n.p.Store.UpdateAccount)
}

// create makes an account, with its address as proven only where the issuer is
// the authority for it (RP-14).
func (n *assertedPerson) create(ctx context.Context, proven bool) (core.Account, error) {
	account := core.Account{ID: core.NewID(n.at), Profile: n.profileFrom(n.identity.Profile)}
	account.EmailVerified = proven
	change := core.AccountChange{Account: account, PutCredentials: []core.Credential{n.linkOf(account.ID, n.identity)}}
	if proven {
		address, err := mailaddress.Canonical(account.Email)
		if err != nil {
			return account, err
		}
		change.PutIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: address}}
	}
	if m, ok := n.membership(account.ID); ok {
		change.PutMemberships = []core.Membership{m}
	}
	change, err := n.judgeNew(ctx, change)
	if err != nil {
		return account, err
	}
	return n.write(ctx, change, n.event(core.EventAccountCreated, "identity"), n.p.Store.CreateAccount)
}

func (n *assertedPerson) event(name core.EventName, reason string) core.Event {
	e := n.q.event(name, &core.Grant{Client: n.client}, reason)
	e.More = map[string]string{"method": n.identity.Key.Kind, "issuer": n.identity.Issuer}
	return e
}

// write makes the change stand; after a lost answer what is read tells whether it
// does.
func (n *assertedPerson) write(
	ctx context.Context, change core.AccountChange, e core.Event, store func(context.Context, core.AccountChange, ...core.Event) error,
) (core.Account, error) {
	change.Account.Change, change.Account.UpdatedAt = core.NewID(n.at), n.at
	for i := range change.PutCredentials {
		change.PutCredentials[i].Change = change.Account.Change
	}
	e.Account, e.Thing, e.Version = change.Account.ID, change.Account.ID, change.Account.Version+1
	err := store(ctx, change, e)
	if errors.Is(err, core.ErrUnavailable) {
		stands, readErr := n.p.Store.Account(ctx, change.Account.ID)
		if readErr == nil && stands.Change == change.Account.Change {
			err = nil
		}
	}
	if err != nil {
		return core.Account{}, err
	}
	n.p.wakeFor([]core.Event{e})
	change.Account.Version++
	return change.Account, nil
}

// checkStanding wants of the account what every request in a browser would: that
// it is switched on, that its address is proven and the terms agreed to, and that
// its organization lets its people come this way (RP-15). What is missing needs
// the person.
func (n *assertedPerson) checkStanding(ctx context.Context, a core.Account) error {
	switch {
	case a.ID.IsZero() || a.Disabled || a.Deleted:
		return badAssertion("the account of the assertion is switched off", errRefused(core.RefusedAccount))
	case n.p.RequireVerifiedEmail && a.Email != "" && !a.EmailVerified:
		return badAssertion("the person has to sign in here first, to prove their address", errRefused(core.RefusedAccount))
	case n.p.Terms.Version != "" && (a.Terms == nil || a.Terms.Version != n.p.Terms.Version):
		return badAssertion("the person has to sign in here first, to agree to the terms", errRefused(core.RefusedAccount))
	}
	e, err := n.p.enforcement(ctx, a)
	if err != nil {
		return err
	}
	if e != nil && (n.connection == nil || !slices.Contains(e.Connections, n.connection.ID)) {
		return badAssertion("the organization of the person asks for another identity provider", errRefused(core.RefusedAccount))
	}
	return nil
}
