package migrations

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// things are one of each that the first release kept, as the store gives it back.
type things struct {
	Tenant       core.Tenant
	Grants       []core.Grant
	Client       core.Client
	Account      core.Account
	Identifiers  []core.Identifier
	Credentials  []core.Credential
	Session      core.Session
	Interaction  core.Interaction
	Consent      core.Consent
	Ticket       core.Ticket
	Key          core.Key
	Marked       bool
	Attempts     int
	Event        core.Event
	Delivery     core.Delivery
	LeaseIsTaken bool
}

var (
	noon   = time.Date(2026, 3, 29, 12, 0, 0, 123456000, time.UTC)
	tenant = id(0xa0)
	secret = core.Hash{0xff, 0, '\'', '\\', 1}
	code   = core.Hash{0, 0xfe, '"'}
)

// id is one that holds bytes which text does not like.
func id(n byte) core.ID { return core.ID{n, 0, '\'', '\\', 0xff, '\n', 0x70, 7: 1, 8: 0x80, 15: n} }

func row(n byte) core.Row {
	return core.Row{
		Version: 1, Change: id(n), KeepUntil: noon.Add(time.Duration(n) * 24 * time.Hour),
		Rest: map[string]json.RawMessage{"v": json.RawMessage(`2`), "of_a_later_release": json.RawMessage(`{"kept":["é\u2028😀"]}`)},
	}
}

// written are the things as they were made.
func written() things {
	account, client, session := id(1), "https://app.example/é😀 ", id(2)
	terms := core.GrantTerms{
		Lane: core.LaneSeeded, ClientHash: core.Hash{9}, AuthMethod: core.AuthNone,
		Access: []core.Access{{Resource: "https://api.example", Scopes: []string{"openid", "offline_access"}}},
		AMR:    []string{"pwd"}, AuthTime: noon, Offline: true, Epochs: core.GrantEpochs{Account: 1, Client: 2, Consent: 3},
		Secret: secret, Challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Nonce: "n\x00\u2028", CreatedAt: noon,
		Ends: noon.Add(90 * 24 * time.Hour), Generation: 1<<53 + 1, Refreshable: true,
	}
	waiting := terms
	waiting.CodeEnds = noon.Add(time.Minute)
	first := authentication(account)
	age := time.Hour
	t := things{
		Tenant: core.Tenant{ID: tenant, Name: "Tenant é😀", Row: core.Row{Version: 1, Change: id(3)}},
		Grants: []core.Grant{
			{ID: id(4), Row: row(4), State: core.GrantActive, Account: account, Client: client, Session: session, GrantTerms: terms},
			{ID: id(5), Row: row(5), State: core.GrantWaiting, Client: client, UserCode: code, GrantTerms: waiting},
			{ID: id(6), Row: core.Row{Version: 1, Change: id(6)}, State: core.GrantRevoked, Account: account, Client: client, UserCode: code, GrantTerms: terms},
		},
		Client: core.Client{ID: client, Row: row(7), Lane: core.LaneSeeded, Disabled: true, Epoch: 1 << 40, ClientMetadata: core.ClientMetadata{
			Name: "Notes é😀", RedirectURIs: []string{"https://app.example/cb"}, AuthMethod: core.AuthNone, Scopes: []string{"openid"},
			Secrets: []core.ClientSecret{{Hash: secret, Until: noon}}, Keys: json.RawMessage(`{"keys":[]}`),
		}},
		Account: core.Account{ID: account, Row: row(8), SignInEpoch: 5, GrantsEpoch: 6, Profile: core.Profile{
			CreatedAt: noon, UpdatedAt: noon, Name: "Zoë 😀", Email: "Zoe@example.com", EmailVerified: true,
			Address: &core.Address{Street: "1\nStreet"}, Claims: map[string]json.RawMessage{"level": json.RawMessage(`3`)},
		}},
		Identifiers: []core.Identifier{{Kind: "email", Value: "ZOE@example.com"}, {Kind: "email", Value: "zoe@example.com "}},
		Session: core.Session{ID: session, Row: row(9), Account: account, SignInEpoch: 5, Ends: noon.Add(time.Hour), IdleEnds: noon.Add(time.Minute),
			SessionTerms: core.SessionTerms{Secret: secret, Authentications: []core.Authentication{first}, CreatedAt: noon, SeenAt: noon, Agent: "b\\'"}},
		Interaction: core.Interaction{ID: id(10), Row: row(10), Finished: true, InteractionTerms: core.InteractionTerms{
			Purpose: core.PurposeAuthorize, CreatedAt: noon, SeenAt: noon, Browser: secret, Random: id(11),
			Request: core.AuthorizationRequest{Client: client, RedirectURI: "https://app.example/cb", MaxAge: &age, Access: terms.Access},
			Notes:   map[string][]byte{"password": {0, 0xff}}, Outcome: &core.Outcome{At: noon, Grant: &terms, Account: account, Session: session},
		}},
		Consent: core.Consent{Account: account, Client: client, Row: row(12), Epoch: 7,
			ConsentTerms: core.ConsentTerms{Access: terms.Access, Remembered: true, ClientHash: core.Hash{9}, Lane: core.LaneSeeded, FirstAt: noon, LastAt: noon}},
		Ticket: core.Ticket{ID: id(13), Row: row(13), Account: account, Spent: true,
			TicketTerms: core.TicketTerms{Kind: "reset", Secret: secret, Ends: noon, SignInEpoch: 5, SpentBy: id(10), Body: []byte{0, 0xff}}},
		Key: core.Key{ID: id(14), Row: row(14), Use: "sign", Algorithm: "ES256", Epoch: 3,
			KeyTerms: core.KeyTerms{CreatedAt: noon, ActiveAt: noon, KeyID: "k", SealedBy: "s", Sealed: []byte{0, 0xff}, Public: []byte(`{}`)}},
		Marked: true, Attempts: 3, LeaseIsTaken: true,
		Event: core.Event{ID: id(15), At: noon, Name: core.EventGrantCreated, Account: account, Client: client, Thing: id(4), Version: 1,
			KeepUntil: noon.Add(time.Hour), EventTerms: core.EventTerms{Reason: "é😀", More: map[string]string{"k": "v"}}},
		Delivery: core.Delivery{ID: id(16), Kind: "mail", Due: noon, Attempts: 2, KeepUntil: noon.Add(time.Hour), Body: []byte{0, 0xff, '\''}},
	}
	for n, kind := range []string{"passkey", "password"} {
		t.Credentials = append(t.Credentials, core.Credential{
			CredentialKey: core.CredentialKey{Kind: kind, Handle: "h\x00é "}, Row: row(byte(17 + n)), Account: account,
			CredentialTerms: core.CredentialTerms{Secret: []byte{0, 0xff}, Label: "é", CreatedAt: noon},
		})
	}
	return t
}

func authentication(account core.ID) core.Authentication {
	return core.Authentication{Account: account, Method: "password", AMR: []string{"pwd"}, At: noon, SignInEpoch: 5}
}

// write keeps the things in a database.
func (t things) write(ctx context.Context, db core.Database) error {
	s := db.Tenant(t.Tenant.ID)
	event := t.Event
	event.Deliveries = []core.Delivery{t.Delivery}
	errs := []error{
		db.CreateTenant(ctx, t.Tenant), s.CreateClient(ctx, t.Client),
		s.CreateAccount(ctx, core.AccountChange{Account: t.Account, PutIdentifiers: t.Identifiers, PutCredentials: t.Credentials}),
		s.CreateSession(ctx, t.Session), s.CreateInteraction(ctx, t.Interaction), s.CreateConsent(ctx, t.Consent),
		s.CreateTicket(ctx, t.Ticket), s.CreateKey(ctx, t.Key), s.Mark(ctx, "jti", secret, noon, core.ID{}), s.Append(ctx, event),
	}
	for _, g := range t.Grants {
		errs = append(errs, s.CreateGrant(ctx, g))
	}
	for range t.Attempts - 1 {
		_, err := s.Take(ctx, noon, []core.Limit{attempts})
		errs = append(errs, err)
	}
	_, err := db.Lease(ctx, "purge", id(18), noon, noon.Add(time.Hour))
	return errors.Join(append(errs, err)...)
}

var attempts = core.Limit{Key: secret, Max: 10, Window: time.Hour}
