package passkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestWN12_WN25_signsIn(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags byte
		amr   []string
	}{
		{"a key that stays", up | uv, []string{"hwk", "user", "mfa"}},
		{"a key that is copied", up | uv | be | bs, []string{"swk", "user", "mfa"}},
	} {
		w := newWorld(t, Options{})
		id, d := w.add(mara), newDevice(t)
		d.flags = c.flags
		w.enrol(id, d)
		a := wantIs[core.Authenticated](t, w.signIn(d, lie{}))
		if a.Account != id || !slices.Equal(a.AMR, c.amr) || a.Credential == nil || !a.Credential.UsedAt.Equal(w.at) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	w := newWorld(t, Options{})
	id, d := w.add(mara), newEd25519(t)
	w.enrol(id, d)
	wantIs[core.Authenticated](t, w.signIn(d, lie{}))
}

// Every lie of an assertion is refused, whoever tells it.
func TestWAN_assertionsThatLie(t *testing.T) {
	w := newWorld(t, Options{})
	_, d := w.enrolled(mara)
	_, other := w.enrolled("other@example.com")
	for _, c := range []struct {
		name, problem string
		lie           lie
	}{
		{"WN02 a creation", "passkey_failed", lie{typ: "webauthn.create"}},
		{"WAN02 a challenge of one's own", "passkey_old", lie{challenge: b64(random(32))}},
		{"WAN02 an empty one", "passkey_old", lie{challenge: "AA"}},
		{"WAN01 another site", "passkey_failed", lie{origin: "https://evil.example"}},
		{"WAN01 http", "passkey_failed", lie{origin: "http://id.example.com"}},
		{"WAN01 a port", "passkey_failed", lie{origin: home + ":8443"}},
		{"WAN01 the port that goes without saying", "passkey_failed", lie{origin: home + ":443"}},
		{"WAN01 a subdomain", "passkey_failed", lie{origin: "https://x.id.example.com"}},
		{"WAN01 a sibling", "passkey_failed", lie{origin: "https://www.example.com"}},
		{"WAN01 a suffix", "passkey_failed", lie{origin: home + ".evil.example"}},
		{"WAN01 null", "passkey_failed", lie{origin: "null"}},
		{"WAN01 upper case", "passkey_failed", lie{origin: "https://ID.example.com"}},
		{"WAN01 a path", "passkey_failed", lie{origin: home + "/"}},
		{"WAN01 an app", "passkey_failed", lie{origin: "android:apk-key-hash:abc"}},
		{"WAN08 WN04 in a frame of another site", "passkey_failed", lie{cross: true, topOrigin: "https://evil.example"}},
		{"WAN08 WN04 in a frame, says nothing of it", "passkey_failed", lie{cross: true}},
		{"WAN04 WN05 another relying party", "passkey_failed", lie{rpID: "evil.example"}},
		{"WAN03 WN06 nobody was there", "passkey_failed", lie{clear: up}},
		{"WAN03 WN06 somebody unverified", "passkey_failed", lie{clear: uv}},
		{"WAN14 WN07 can be copied all at once", "passkey_failed", lie{set: be}},
		{"WN07 copied although it cannot be", "passkey_failed", lie{set: bs}},
		{"WN14 a flipped bit", "passkey_failed", lie{flip: true}},
		{"WN14 another's signature", "passkey_failed", lie{signer: other.key}},
		{"WN12 WAN13 another's handle", "passkey_unknown", lie{handle: other.user}},
		{"WAN13 nobody's handle", "passkey_unknown", lie{handle: random(64)}},
		{"WAN13 65 bytes of it", "passkey_unknown", lie{handle: random(65)}},
		{"WN12 no handle", "passkey_failed", lie{noHandle: true}},
		{"WAN11 an id that is not there", "passkey_unknown", lie{id: random(32)}},
		{"WN12 another's id", "passkey_unknown", lie{id: other.id}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, w.signIn(d, c.lie), c.problem)
		})
	}
	if len(w.letters) != 2 {
		t.Errorf("%d letters: only those of the two passkeys were due", len(w.letters))
	}
	wantIs[core.Authenticated](t, w.signIn(d, lie{}))
}

// What cannot be read gets one clear answer, and no store is asked for it.
func TestWAN09_notAnAnswer(t *testing.T) {
	w := newWorld(t, Options{})
	_, d := w.enrolled(mara)
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	good, open := d.get(w.challenge, lie{}), w.notes
	for posted, problem := range map[string]string{
		"":                       "passkey_script",
		"{":                      "passkey_failed",
		"null":                   "passkey_failed",
		"[]":                     "passkey_failed",
		strings.Repeat("[", 9e4): "passkey_failed",
		good + good:              "passkey_failed",
		strings.Replace(good, `"rawId"`, `"other"`, 1):       "passkey_failed",
		strings.Replace(good, "public-key", "password", 1):   "passkey_failed",
		strings.Replace(good, `"signature"`, `"nothing"`, 1): "passkey_failed",
	} {
		w.notes = open
		reply := w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", posted))
		wantProblem(t, reply, problem)
		if problem == "passkey_script" && slices.Contains(w.calls, "credential") {
			t.Errorf("%.20q: the store was asked", posted)
		}
	}
}

func TestWN01_WAN02_aChallengeIsForOneAnswer(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	answer := d.get(w.challenge, lie{})
	before := w.notes
	wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)))
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)), "passkey_old")

	// Another interaction knows nothing of it.
	w.notes = nil
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)), "passkey_old")

	// Nor does another purpose, nor another account.
	w.notes = before
	wantProblem(t, w.post(w.about(core.TurnSecond, StepPasskey, id, "credential", answer)), "passkey_old")
	w.notes = before
	wantProblem(t, w.post(w.about(core.TurnSignIn, StepPasskey, id, "credential", answer)), "passkey_old")

	// A challenge for making one shows none.
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	o := readOptions(t, w.challenge)
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(w.challenge, lie{challenge: o.Challenge}))), "passkey_old")
	if n := len(unb64(t, o.Challenge)); n != 32 {
		t.Errorf("a challenge of %d bytes", n)
	}
}

func TestWN01_WN19_fiveMinutes(t *testing.T) {
	w := newWorld(t, Options{})
	_, d := w.enrolled(mara)
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	answer := d.get(w.challenge, lie{})
	w.at = w.at.Add(challengeLife)
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)), "passkey_old")

	// A page that stays open renews it every four: after a quarter of an hour the
	// newest works, and the one before it too, as long as it lives.
	var shown [][]byte
	for range 4 {
		w.begin(w.turn(core.TurnSignIn, StepPasskey))
		shown = append(shown, w.challenge)
		w.at = w.at.Add(4 * time.Minute)
	}
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(shown[2], lie{}))), "passkey_old")
	wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(shown[3], lie{}))))
}

// A browser with many tabs keeps the newest challenges, and the notes stay small.
func TestWN01_severalTabs(t *testing.T) {
	w := newWorld(t, Options{})
	_, d := w.enrolled(mara)
	var shown [][]byte
	for range maxOpen + 1 {
		w.begin(w.turn(core.TurnSignIn, StepPasskey))
		shown = append(shown, w.challenge)
	}
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(shown[0], lie{}))), "passkey_old")
	wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(shown[3], lie{}))))
	wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(shown[4], lie{}))))
	if len(w.notes) > 8<<10 {
		t.Errorf("notes of %d bytes", len(w.notes))
	}
}

func TestWN15_WAN06_counters(t *testing.T) {
	at := func(n uint32) lie { return lie{count: &n} }
	for _, c := range []struct {
		name      string
		had, said uint32
		good      bool
	}{
		{"none at all", 0, 0, true}, {"rises", 5, 6, true}, {"begins", 0, 1, true},
		{"stands", 5, 5, false}, {"falls", 5, 4, false}, {"is gone", 5, 0, false},
	} {
		w := newWorld(t, Options{})
		id, d := w.add(mara), newDevice(t)
		d.count = c.had
		w.enrol(id, d)
		w.events, w.letters = nil, nil
		reply := w.signIn(d, at(c.said))
		if c.good {
			wantIs[core.Authenticated](t, reply)
			if got := w.record(d).Passkey.Authenticator.SignCount; got != c.said {
				t.Errorf("%s: %d is kept", c.name, got)
			}
			continue
		}
		wantProblem(t, reply, "passkey_clone")
		if len(w.events) != 1 || w.events[0].Reason != "passkey_clone" || w.events[0].Account != id {
			t.Errorf("%s: events %+v", c.name, w.events)
		}
		if len(w.letters) != 1 || w.letters[0].Name != "passkey_clone" || w.letters[0].To != "" {
			t.Errorf("%s: letters %+v", c.name, w.letters)
		}
		wantProblem(t, w.signIn(d, at(c.said)), "passkey_clone")
		if len(w.letters) != 1 {
			t.Errorf("%s: a second letter on the same day", c.name)
		}
		wantIs[core.Authenticated](t, w.signIn(d, at(c.had+1)))
	}
}

func TestWN15_operatorAcceptsClones(t *testing.T) {
	w := newWorld(t, Options{InsecureAcceptClones: true})
	id, d := w.add(mara), newDevice(t)
	d.count = 5
	w.enrol(id, d)
	n := uint32(3)
	a := wantIs[core.Authenticated](t, w.signIn(d, lie{count: &n}))
	if len(a.Events) != 1 || a.Events[0].Reason != "passkey_clone" || len(a.Letters) != 0 {
		t.Errorf("%+v", a.Keep)
	}
	wantIs[core.Authenticated](t, w.signIn(d, lie{count: &n}))
}

// The same answer, judged again under the notes of the first time, counts once, and
// its counter, which has been written already, is no copy's (WAN05).
func TestWN15_WAN05_aLostRaceIsNoClone(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.add(mara), newDevice(t)
	d.count = 5
	w.enrol(id, d)
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	n := uint32(6)
	answer, before := d.get(w.challenge, lie{count: &n}), w.notes
	wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)))
	w.notes = before
	again := wantIs[core.GoTo](t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", answer)))
	if again.Step != StepPasskey || again.Notes != nil || len(again.Events) != 0 {
		t.Errorf("%+v", again)
	}
	wantProblem(t, w.signIn(d, lie{count: &n}), "passkey_clone")
}

func TestWN07_WN11_whatIsKept(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.add(mara), newDevice(t)
	d.flags, d.aaguid = up|uv|be, [16]byte(unhex(t, "ea9b8d664d011d213ce4b6b48cb575d4"))
	c := w.enrol(id, d)
	r := w.record(d)
	if !bytes.Equal(r.Passkey.ID, d.id) || len(r.Passkey.PublicKey) == 0 || !r.Passkey.Flags.BackupEligible || r.Passkey.Flags.BackupState ||
		!r.Passkey.Flags.UserVerified || len(r.Passkey.Transport) != 1 || c.Label != "Google Password Manager" || !c.CreatedAt.Equal(w.at) {
		t.Errorf("%+v %+v", c, r)
	}
	if r.Passkey.Attestation.Object != nil || r.Passkey.Attestation.ClientDataJSON != nil {
		t.Error("an attestation that nobody asked for is kept")
	}
	w.at = w.at.Add(time.Hour)
	wantIs[core.Authenticated](t, w.signIn(d, lie{set: bs}))
	c = w.credentials[keyOf(d.id)]
	if !w.record(d).Passkey.Flags.BackupState || !c.UsedAt.Equal(w.at) || c.Label == "" {
		t.Errorf("%+v", c)
	}
}

// Before somebody is known, pages tell nothing: no list, whoever was typed.
func TestWN20_ENU01_noEnumeration(t *testing.T) {
	w := newWorld(t, Options{})
	w.enrolled(mara)
	var shapes []string
	for _, typed := range []string{"", mara, "nobody@example.com"} {
		turn := w.turn(core.TurnSignIn, StepPasskey)
		turn.Identifier = typed
		w.calls = nil
		w.begin(turn)
		if len(w.calls) != 0 {
			t.Errorf("%q: asked for %v", typed, w.calls)
		}
		o := readOptions(t, w.challenge)
		shapes = append(shapes, strings.ReplaceAll(string(w.challenge), o.Challenge, ""))
		if len(o.Allow) != 0 || o.UV != "required" || o.RPID != "id.example.com" {
			t.Errorf("%q: %+v", typed, o)
		}
	}
	if shapes[0] != shapes[1] || shapes[1] != shapes[2] {
		t.Errorf("shapes differ: %q", shapes)
	}
}

func TestWN22_unknownPasskeyIsSignalled(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	delete(w.credentials, keyOf(d.id)) // WAN11: removed meanwhile
	page := pageOf(w.signIn(d, lie{}))
	s, _ := page.Args["signal"].([]signal)
	if len(s) != 1 || s[0].Method != "signalUnknownCredential" || s[0].Options["credentialId"] != b64(d.id) || len(s[0].Options) != 2 {
		t.Errorf("%+v", page.Args)
	}
	if a := w.a; a.Usable(w.accounts[id], nil) {
		t.Error("usable without a passkey")
	}
	w.enrol(id, d)
	all, _ := w.Credentials(t.Context(), id)
	if !w.a.Usable(w.accounts[id], all) {
		t.Error("not usable with one")
	}
}

func TestLimit_answersOfOneAddress(t *testing.T) {
	w := newWorld(t, Options{})
	_, d := w.enrolled(mara)
	for range 59 {
		wantProblem(t, w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", "{")), "passkey_failed")
	}
	wantProblem(t, w.signIn(d, lie{}), "many_tries")
}

// Curves that were not offered do not verify either.
func TestWN08_anotherCurve(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.add(mara), newDevice(t)
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.enrol(id, d)
	wantProblem(t, w.signIn(d, lie{signer: key}), "passkey_failed")
}
