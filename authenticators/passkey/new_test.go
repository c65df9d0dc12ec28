package passkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func (w *world) tryNew(id core.ID, d *device, l lie, pairs ...string) core.Reply {
	w.t.Helper()
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	return w.post(w.about(core.TurnEnrol, StepNew, id, append(pairs, "credential", d.create(w.challenge, l))...))
}

func TestWN08_WN10_WN17_whatIsAskedFor(t *testing.T) {
	w := newWorld(t, Options{RPName: "Harbour"})
	id, d := w.enrolled(mara)
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	o := readOptions(t, w.challenge)
	var algs []int64
	for _, p := range o.PubKeyCredParams {
		algs = append(algs, p.Alg)
	}
	if len(algs) != 3 || algs[0] != -8 || algs[1] != -7 || algs[2] != -257 {
		t.Errorf("algorithms %v", algs)
	}
	if o.Selection.ResidentKey != "required" || !o.Selection.RequireResidentKey || o.Selection.UV != "required" {
		t.Errorf("selection %+v", o.Selection)
	}
	if o.Attestation != "none" && o.Attestation != "" {
		t.Errorf("attestation %q", o.Attestation)
	}
	if len(o.ExcludeCreds) != 1 || o.ExcludeCreds[0].ID != b64(d.id) {
		t.Errorf("excluded %+v", o.ExcludeCreds)
	}
	if o.RP.Name != "Harbour" || o.User.Name != mara || o.User.DisplayName != "Mara" {
		t.Errorf("%+v %+v", o.RP, o.User)
	}
}

// The handle is 64 random bytes, the same for every passkey of an account, another
// for every other.
func TestWN16_userHandle(t *testing.T) {
	w := newWorld(t, Options{})
	id, first := w.enrolled(mara)
	second := newDevice(t)
	w.enrol(id, second)
	_, other := w.enrolled("other@example.com")
	if len(first.user) != 64 || !bytes.Equal(first.user, second.user) || bytes.Equal(first.user, other.user) {
		t.Errorf("%x %x %x", first.user, second.user, other.user)
	}
	if bytes.Contains(first.user, id[:]) || bytes.Contains(first.user, []byte(mara)) {
		t.Error("the handle says whose it is")
	}
	for _, d := range []*device{first, second, other} {
		wantIs[core.Authenticated](t, w.signIn(d, lie{}))
	}
}

// Two browsers set up the first passkey at once: the one that comes second is asked
// again, since its handle is another.
func TestWN16_twoFirstPasskeysAtOnce(t *testing.T) {
	w := newWorld(t, Options{})
	id := w.add(mara)
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	slow := newDevice(t)
	answer, open := slow.create(w.challenge, lie{}), w.notes
	w.notes = nil
	w.enrol(id, newDevice(t))
	w.notes = open
	wantProblem(t, w.post(w.about(core.TurnEnrol, StepNew, id, "credential", answer)), "passkey_old")
	w.notes = open
	w.enrol(id, slow)
}

func TestWAN_creationsThatLie(t *testing.T) {
	w := newWorld(t, Options{})
	id := w.add(mara)
	_, other := w.enrolled("other@example.com")
	for _, c := range []struct {
		name, problem string
		lie           lie
	}{
		{"WN02 an assertion", "passkey_failed", lie{typ: "webauthn.get"}},
		{"WAN02 a challenge of one's own", "passkey_old", lie{challenge: b64(random(32))}},
		{"WAN01 another site", "passkey_failed", lie{origin: "https://evil.example"}},
		{"WAN01 upper case", "passkey_failed", lie{origin: "https://ID.example.com"}},
		{"WAN08 in a frame", "passkey_failed", lie{cross: true, topOrigin: "https://evil.example"}},
		{"WAN04 WN05 another relying party", "passkey_failed", lie{rpID: "evil.example"}},
		{"WAN03 WN06 nobody was there", "passkey_failed", lie{clear: up}},
		{"WAN10 WN06 somebody unverified", "passkey_failed", lie{clear: uv}},
		{"WN07 copied although it cannot be", "passkey_failed", lie{set: bs}},
		{"WAN09 WN08 an algorithm not offered", "passkey_failed", lie{alg: -35}},
		{"WAN09 off the curve", "passkey_failed", lie{curve: true, format: "packed"}},
		{"WAN09 more after the key", "passkey_failed", lie{trailing: []byte{0xa0}}},
		{"WAN09 deep CBOR after the key", "passkey_failed", lie{trailing: bytes.Repeat([]byte{0x81}, 4000)}},
		{"WN10 a broken statement", "passkey_failed", lie{format: "packed", flip: true}},
		{"WN10 another's statement", "passkey_failed", lie{format: "packed", signer: other.key}},
		{"WN10 an unknown format", "passkey_failed", lie{format: "mine"}},
		{"WN09 WAN07 the id of somebody else", "passkey_failed", lie{id: other.id}},
		{"WN09 WAN07 no id", "passkey_failed", lie{id: []byte{}}},
		{"WN09 WAN07 an id of 1024 bytes", "passkey_failed", lie{id: random(1024)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, w.tryNew(id, newDevice(t), c.lie), c.problem)
		})
	}
	if all, _ := w.Credentials(t.Context(), id); len(all) != 0 {
		t.Errorf("%d were kept", len(all))
	}
	for _, good := range []lie{{}, {format: "packed"}, {id: random(1023)}, {id: []byte{1}}} {
		d := newDevice(t)
		wantIs[core.Enrolled](t, w.tryNew(id, d, good))
		if good.id != nil {
			d.id = good.id
		}
		if k := keyOf(d.id); len(k.Handle) > core.MaxHandle {
			t.Errorf("a handle of %d bytes", len(k.Handle))
		}
		wantIs[core.Authenticated](t, w.signIn(d, lie{}))
	}
}

func TestWAN09_notACreation(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.add(mara), newDevice(t)
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	good := d.create(w.challenge, lie{})
	object := good[strings.Index(good, `"attestationObject":"`)+len(`"attestationObject":"`):]
	object = object[:strings.IndexByte(object, '"')]
	for posted, problem := range map[string]string{
		"": "passkey_script", "{": "passkey_failed", "null": "passkey_failed",
		strings.Replace(good, object, b64(bytes.Repeat([]byte{0x81}, 30000)), 1): "passkey_failed", // WAN09: deep
		strings.Replace(good, object, strings.Repeat("A", 1<<20), 1):             "passkey_failed", // WAN09: large
		strings.Replace(good, object, object[:40], 1):                            "passkey_failed",
		d.get(w.challenge, lie{}):                                                "passkey_failed",
	} {
		wantProblem(t, w.post(w.about(core.TurnEnrol, StepNew, id, "credential", posted)), problem)
	}
}

func TestWN09_sameDeviceTwice(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	wantProblem(t, w.tryNew(id, d, lie{}), "passkey_known")
}

func TestWN24_namesAndLetters(t *testing.T) {
	for given, want := range map[string]string{
		"":                      "YubiKey 5 NFC",
		"  Mara’s phone ":       "Mara’s phone",
		"a\u202eb\x00c":         "abc",
		strings.Repeat("ä", 80): strings.Repeat("ä", 50),
		"\xff":                  "YubiKey 5 NFC",
	} {
		w := newWorld(t, Options{})
		id, d := w.add(mara), newDevice(t)
		d.aaguid = [16]byte(unhex(t, "2fc0579f811347eab116bb5a8db9202a"))
		e := wantIs[core.Enrolled](t, w.tryNew(id, d, lie{}, "label", given))
		if got := e.Change.PutCredentials[0].Label; got != want {
			t.Errorf("%q: %q", given, got)
		}
		if len(e.Letters) != 1 || e.Letters[0].Name != "passkey_new" || e.Letters[0].To != mara || e.New || len(e.AMR) != 0 {
			t.Errorf("%+v", e)
		}
		if len(e.Events) != 1 || e.Events[0].Name != core.EventAccountChanged || e.Events[0].Reason != "passkey_added" {
			t.Errorf("%+v", e.Events)
		}
	}
}

// The page of a signed-in account tells the browser which passkeys are good.
func TestWN22_ownPasskeysAreSignalled(t *testing.T) {
	w := newWorld(t, Options{})
	id := w.add(mara)
	if page := pageOf(w.begin(w.about(core.TurnEnrol, StepNew, id))); page.Args["signal"] != nil {
		t.Errorf("without a passkey: %+v", page.Args)
	}
	d := newDevice(t)
	w.enrol(id, d)
	s, _ := pageOf(w.begin(w.about(core.TurnEnrol, StepNew, id))).Args["signal"].([]signal)
	if len(s) != 2 || s[0].Method != "signalAllAcceptedCredentials" || s[0].Options["userId"] != b64(d.user) || s[1].Options["name"] != mara {
		t.Errorf("%+v", s)
	}
	if page := pageOf(w.begin(w.turn(core.TurnSignIn, StepPasskey))); page.Args["signal"] != nil {
		t.Error("told to somebody unknown")
	}
}

// certified is a device whose statements bear a certificate of a maker.
func certified(t *testing.T, at time.Time) (*device, lie, *x509.CertPool) {
	t.Helper()
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := newDevice(t)
	d.aaguid = [16]byte(unhex(t, "ee882879721c491397753dfcce97072a"))
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now() // the library looks at its own clock here
	issuer := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Maker"}, NotBefore: at.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	model, err := asn1.Marshal(d.aaguid[:])
	if err != nil {
		t.Fatal(err)
	}
	batch := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: at.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0), BasicConstraintsValid: true,
		Subject:         pkix.Name{Country: []string{"SE"}, Organization: []string{"Maker"}, OrganizationalUnit: []string{"Authenticator Attestation"}, CommonName: "Batch"},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 45724, 1, 1, 4}, Value: model}},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, issuer, issuer, root.Public(), root)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, batch, issuer, leaf.Public(), root)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(rootDER)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return d, lie{format: "packed-x5c", x5c: [][]byte{leafDER}, signer: leaf}, pool
}

func TestWN10_attestationPolicy(t *testing.T) {
	const model = "ee882879-721c-4913-9775-3dfcce97072a"
	world := func(a Attestation) (*world, core.ID) {
		w := newWorld(t, Options{Attestation: &a})
		return w, w.add(mara)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d, signed, roots := certified(t, at)
	_, _, strangers := certified(t, at)
	plain := newDevice(t)
	refuses := errors.New("not bought by us")
	for _, c := range []struct {
		name   string
		policy Attestation
		device *device
		lie    lie
		good   bool
	}{
		{"none at all", Attestation{}, plain, lie{}, false},
		{"its own word", Attestation{}, plain, lie{format: "packed"}, true},
		{"its own word, a chain is wanted", Attestation{Roots: roots}, plain, lie{format: "packed"}, false},
		{"certified", Attestation{Roots: roots, AAGUIDs: []string{model}, Formats: []string{"packed"}}, d, signed, true},
		{"certified by a stranger", Attestation{Roots: strangers}, d, signed, false},
		{"another model", Attestation{AAGUIDs: []string{"08987058-cadc-4b81-b6e1-30de50dcbe96"}}, d, signed, false},
		{"no model", Attestation{AAGUIDs: []string{model}}, plain, lie{format: "packed"}, false},
		{"another format", Attestation{Formats: []string{"tpm"}}, d, signed, false},
		{"judged", Attestation{Judge: func(a Attested) error {
			if a.AAGUID != model || len(a.Chain) != 1 || a.Format != "packed" {
				t.Errorf("%+v", a)
			}
			return nil
		}}, d, signed, true},
		{"judged and refused", Attestation{Judge: func(Attested) error { return refuses }}, d, signed, false},
	} {
		w, id := world(c.policy)
		reply := w.tryNew(id, c.device, c.lie)
		if o := readOptions(t, w.challenge); o.Attestation != "direct" {
			t.Errorf("%s: asks for %q", c.name, o.Attestation)
		}
		if c.good {
			wantIs[core.Enrolled](t, reply)
			continue
		}
		wantProblem(t, reply, "passkey_model")
		if w.log.Len() == 0 {
			t.Errorf("%s: nothing is logged", c.name)
		}
	}
}
