package conformance

import (
	"bytes"
	"fmt"
	"slices"
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
	{"ẞ", "ß"},
	{"ı", "i"},
	{"İ", "i\u0307"},
	{"İstanbul", "istanbul"},
	{"ÉCOLE", "école"},
	{"ς", "σ"},
	{"\u212b", "\u00c5"}, // the Ångström sign and the letter
	{"\u212a", "K"},      // the Kelvin sign and the letter
	{"\ufb01n", "fin"},   // a ligature: NFKC
	{"\uff41dmin", "admin"},
	{"a\u0323\u0307", "a\u0307\u0323"}, // marks in another order
	{"\U00010400", "\U00010428"},       // case, in four bytes
	{"😀", "😀\ufe0f"},
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
			func(t *trial) { textHostile(t, "admin\x00x", "admin", namedThings()...) }),
		check("text.payload_comes_back_equal",
			"names, texts and addresses are shown to people and sent to clients as they were given (IDN05, IDN08)",
			textPayload),
		check("text.kinds_compare_by_bytes",
			"a key of one kind must not be taken for one of another that looks alike",
			textKinds),
		check("text.consents_and_grants_by_bytes",
			"an agreement given to one client must not count for another whose id looks alike",
			textConsents),
	}
}

// textTwins stores all twins beside each other, in both orders, so that each
// meets the one that a careless store takes for it.
func textTwins(t *trial) {
	var all []string
	for _, pair := range twins {
		for _, name := range pair {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	for range 2 {
		for _, n := range namedThings() {
			textApart(t.neighbour(), n, all)
		}
		slices.Reverse(all)
	}
}

func textApart(t *trial, n named, all []string) {
	marks := map[string]core.ID{}
	for _, name := range all {
		_, err := n.find(t, name)
		t.notFound(err, fmt.Sprintf("%s %.80q, where only others like it are stored", n.what, name))
		marks[name], err = n.create(t, name)
		t.ok(err, fmt.Sprintf("create of %s %.80q beside others like it", n.what, name))
	}
	for name, mark := range marks {
		got, err := n.find(t, name)
		t.ok(err, fmt.Sprintf("%s %.80q", n.what, name))
		t.that(got == mark, "%s %.80q finds what was stored under another name", n.what, name)
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
func textHostile(t *trial, name, short string, things ...named) {
	for _, n := range things {
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

// textKinds stores one value under kinds that look alike.
func textKinds(t *trial) {
	name, handle, hash := newName(), newName(), newHash()
	for _, pair := range [][2]string{{"passkey", "PASSKEY"}, {"passkey", "passkey "}, {"caf\u00e9", "cafe\u0301"}, {"😀", "😁"}} {
		t := t.neighbour()
		owners := map[string]core.ID{}
		for n, kind := range pair {
			a := core.Account{ID: newID(), Row: core.Row{Change: newID()}}
			owners[kind] = a.ID
			t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{
				Account: a, PutIdentifiers: []core.Identifier{{Kind: kind, Value: name}}, PutCredentials: []core.Credential{{
					CredentialKey: core.CredentialKey{Kind: kind, Handle: handle}, Account: a.ID, Row: core.Row{Change: newID()},
				}},
			}), fmt.Sprintf("CreateAccount with an identifier and a credential of kind %q", kind))
			t.ok(t.s.Mark(t.ctx, kind, hash, noon, core.ID{}), fmt.Sprintf("Mark of kind %q", kind))
			k := keys().sample()
			k.Algorithm = kind
			t.ok(t.s.CreateKey(t.ctx, k), fmt.Sprintf("CreateKey of algorithm %q", kind))
			if n > 0 {
				continue
			}
			_, err := t.s.AccountByIdentifier(t.ctx, core.Identifier{Kind: pair[1], Value: name})
			t.notFound(err, fmt.Sprintf("an identifier of kind %q, where only kind %q is stored", pair[1], kind))
			seen, _, err := t.s.Marked(t.ctx, pair[1], hash, "app")
			t.ok(err, "Marked")
			t.that(!seen, "what was marked as %q counts as %q", kind, pair[1])
		}
		for kind, owner := range owners {
			a, err := t.s.AccountByIdentifier(t.ctx, core.Identifier{Kind: kind, Value: name})
			t.ok(err, "AccountByIdentifier")
			c, err := t.s.Credential(t.ctx, core.CredentialKey{Kind: kind, Handle: handle})
			t.ok(err, "Credential")
			t.that(a.ID == owner && c.Account == owner, "an identifier or a credential of kind %q is another's, of a kind that looks alike", kind)
		}
	}
}
