package conformance

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/keywright/keywright/core"
)

// upper changes letters of the plain alphabet, as a careless comparison would.
func upper(s string) string { return string(bytes.ToUpper([]byte(s))) }

// twins are strings that careless stores take for the same (IDN03, IDN04).
var twins = [][2]string{
	{"admin", "ADMIN"},
	{"admin", "admin "},
	{"admin", " admin"},
	{"admin", "admin\t"},
	{"admin", "admin\u00a0"},
	{"admin", "admin\u200b"},
	{"résumé", "resume"},
	{"caf\u00e9", "cafe\u0301"}, // NFC and NFD
	{"straße", "strasse"},
	{"ı", "i"},
	{"😀", "😁"},
	{"%", "_"},
	{"a_b", "axb"},
	{`a\b`, `a\\b`},
	{"007", "7"},
	{"1e3", "1000"},
	{"0x10", "16"},
	{"1.0", "1"},
	{"9223372036854775808", "9223372036854775807"},
	{"true", "1"},
	{"NULL", "null"},
	{"0", "00"},
}

// awkward are strings that must be kept as they are (IDN05, IDN06, IDN09), and
// those that escape where values are written into statements (SQL05).
var awkward = []string{
	"007", "1e3", "0x10", "9223372036854775808", "true", "NULL", "null", "-0", "1_000", "Infinity", "NaN",
	"2031-03-30", "'; DROP TABLE grants; --", `"quoted"`, `back\slash`, "`tick`", "$1", "?", ":name", "@v", "{}", "[]",
	"tab\tline\nreturn\r", " lead", "trail ", "trail\u00a0", "\ufeffmark", "e\u0301", "é", "😀👩‍👩‍👧", "\u202eright to left",
	"\u0001\u001f\u007f", "日本語", "İstanbul", "\U0010fffd", "%41", "a+b", "A", "a",
	"-1", "--1", `\' OR 1=1 --`, `\\' OR 1=1 --`, "$$;$$", "$a$'$a$", "縗' OR 1=1 --", "¿' OR 1=1 --", "%s%d", "/* x */", ";",
}

func textChecks() []Check {
	return []Check{
		check("text.keys_compare_by_bytes",
			"a store that folds case, blanks or accents lets one person sign in as another, and one client redeem another's code (IDN03, IDN04)",
			textTwins),
		check("text.keys_come_back_equal",
			"an id that returns as a number, or shortened, is somebody else's id (IDN05, IDN09)",
			textAwkward),
		check("text.nul_kept_or_refused",
			"a name cut at a NUL is another name; refusing it is fine, shortening it is not (IDN06)",
			func(t *trial) { textHostile(t, "admin\x00x", "admin") }),
		check("text.payload_comes_back_equal",
			"names, texts and addresses are shown to people and sent to clients as they were given (IDN05, IDN08)",
			textPayload),
		check("text.consents_and_grants_by_bytes",
			"an agreement given to one client must not count for another whose id looks alike",
			textConsents),
	}
}

// named is everything that is found by a string, under one string.
type named struct {
	what   string
	create func(t *trial, name string) (mark core.ID, err error)
	find   func(t *trial, name string) (mark core.ID, err error)
}

func namedThings() []named {
	return []named{
		{"client",
			func(t *trial, name string) (core.ID, error) {
				c := core.Client{ID: name, Row: core.Row{Change: newID()}, Lane: core.LaneSeeded}
				return c.Change, t.s.CreateClient(t.ctx, c)
			},
			func(t *trial, name string) (core.ID, error) {
				c, err := t.s.Client(t.ctx, name)
				return wantName(c.ID, name, c.Change, err)
			}},
		{"identifier",
			func(t *trial, name string) (core.ID, error) {
				a := core.Account{ID: newID(), Row: core.Row{Change: newID()}}
				return a.ID, t.s.CreateAccount(t.ctx, core.AccountChange{
					Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierUsername, Value: name}},
				})
			},
			func(t *trial, name string) (core.ID, error) {
				a, err := t.s.AccountByIdentifier(t.ctx, core.Identifier{Kind: core.IdentifierUsername, Value: name})
				if err != nil {
					return core.ID{}, err
				}
				all, err := t.s.Identifiers(t.ctx, a.ID)
				if err == nil && len(all) != 1 {
					err = fmt.Errorf("%d identifiers, want 1", len(all))
				}
				if err != nil {
					return core.ID{}, err
				}
				return wantName(all[0].Value, name, a.ID, nil)
			}},
		{"credential",
			func(t *trial, name string) (core.ID, error) {
				a := core.Account{ID: newID(), Row: core.Row{Change: newID()}}
				c := core.Credential{CredentialKey: core.CredentialKey{Kind: "passkey", Handle: name}, Account: a.ID, Row: core.Row{Change: newID()}}
				return a.ID, t.s.CreateAccount(t.ctx, core.AccountChange{Account: a, PutCredentials: []core.Credential{c}})
			},
			func(t *trial, name string) (core.ID, error) {
				c, err := t.s.Credential(t.ctx, core.CredentialKey{Kind: "passkey", Handle: name})
				return wantName(c.Handle, name, c.Account, err)
			}},
		{"tenant",
			func(t *trial, name string) (core.ID, error) {
				v := core.Tenant{ID: newID(), Name: t.tenant.String() + name, Row: core.Row{Change: newID()}}
				return v.ID, t.db.CreateTenant(t.ctx, v)
			},
			func(t *trial, name string) (core.ID, error) {
				v, err := t.db.TenantByName(t.ctx, t.tenant.String()+name)
				return wantName(v.Name, t.tenant.String()+name, v.ID, err)
			}},
	}
}

func wantName(got, want string, mark core.ID, err error) (core.ID, error) {
	if err == nil && got != want {
		err = fmt.Errorf("%.80q came back as %.80q", want, got)
	}
	return mark, err
}

func textTwins(t *trial) {
	for _, n := range namedThings() {
		for _, pair := range twins {
			t := t.neighbour()
			for _, order := range [][2]string{pair, {pair[1], pair[0]}} {
				t := t.neighbour()
				_, err := n.create(t, order[0])
				t.ok(err, fmt.Sprintf("create of %s %.80q", n.what, order[0]))
				_, err = n.find(t, order[1])
				t.notFound(err, fmt.Sprintf("%s %.80q, where only %.80q is stored", n.what, order[1], order[0]))
			}
			first, err := n.create(t, pair[0])
			t.ok(err, fmt.Sprintf("create of %s %.80q", n.what, pair[0]))
			second, err := n.create(t, pair[1])
			t.ok(err, fmt.Sprintf("create of %s %.80q beside %.80q", n.what, pair[1], pair[0]))
			for i, mark := range []core.ID{first, second} {
				got, err := n.find(t, pair[i])
				t.ok(err, fmt.Sprintf("%s %.80q", n.what, pair[i]))
				t.that(got == mark, "%s %.80q finds what was stored as %.80q", n.what, pair[i], pair[1-i])
			}
		}
	}
}

func textAwkward(t *trial) {
	for _, n := range namedThings() {
		for _, s := range awkward {
			mark, err := n.create(t, s)
			t.ok(err, fmt.Sprintf("create of %s %.80q", n.what, s))
			got, err := n.find(t, s)
			t.ok(err, fmt.Sprintf("%s %.80q", n.what, s))
			t.that(got == mark, "%s %.80q finds another", n.what, s)
		}
	}
}

// textHostile wants a name to be kept whole, or refused with nothing stored
// under it or under what it could be taken for.
func textHostile(t *trial, name, short string) {
	for _, n := range namedThings() {
		mark, err := n.create(t, name)
		if err != nil {
			_, err = n.find(t, name)
			t.that(err != nil, "%s %.80q was refused and is there", n.what, name)
		} else {
			got, err := n.find(t, name)
			t.ok(err, fmt.Sprintf("%s %.80q, which was accepted", n.what, name))
			t.that(got == mark, "%s %.80q finds another", n.what, name)
		}
		_, err = n.find(t, short)
		t.notFound(err, fmt.Sprintf("%s %.80q, where only %.80q was offered", n.what, short, name))
	}
}

func textPayload(t *trial) {
	r := clients()
	v := r.sample()
	v.RedirectURIs = awkward
	v.Name = strings.Join(awkward, "|")
	t.ok(r.create(t.ctx, t.s, v), "create")
	r.unchanged(t, r.at(v, 1), "after create")
}

func textConsents(t *trial) {
	account := newID()
	for _, pair := range twins {
		for _, client := range pair {
			c := core.Consent{Account: account, Client: client, Row: core.Row{Change: newID()}, Epoch: 1}
			if err := t.s.CreateConsent(t.ctx, c); err != nil {
				t.conflict(err, "CreateConsent") // some are in several pairs
				got, _, err := t.s.Consent(t.ctx, account, client)
				t.ok(err, "Consent")
				t.that(got.Client == client, "the consent for %.80q is that for %.80q", client, got.Client)
			}
			g := core.Grant{ID: newID(), Row: core.Row{Change: newID()}, State: core.GrantActive, Account: account, Client: client}
			t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant")
			all, err := t.s.Grants(t.ctx, core.GrantFilter{Client: client}, core.PageOf{Limit: 100})
			t.ok(err, "Grants")
			for _, one := range all {
				t.that(one.Client == client, "the grants of client %.80q include one of %.80q", client, one.Client)
			}
		}
	}
}
