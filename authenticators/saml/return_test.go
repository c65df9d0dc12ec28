package saml

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// SM-13, SAM23: an assertion works once, wherever it is brought.
func TestSAM23_replay(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	answer := w.good(r)
	open := w.notes
	w.identified(w.bring(r, answer))
	w.refused(w.bring(r, answer), reasonRequest) // nothing is open any more
	w.notes = open                               // another replica that lost the race
	w.refused(w.bring(r, answer), reasonReplay)
	for key, until := range w.used {
		if !until.Equal(noon().Add(5*time.Minute+defaultSkew)) || !strings.Contains(key, "a1") {
			t.Errorf("%q is remembered until %s", key, until)
		}
	}
}

// Many at once, as if on many replicas: one of them signs in.
func TestSAM23_parallel(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	turn := w.turn
	turn.At, turn.Notes, turn.Returned = w.at, w.notes, brought(r, w.good(r))
	var all sync.WaitGroup
	var in atomic.Int32
	for range 32 {
		all.Go(func() {
			reply, err := w.a.Begin(t.Context(), turn)
			if _, ok := reply.(core.Identified); ok && err == nil {
				in.Add(1)
			}
		})
	}
	if all.Wait(); in.Load() != 1 {
		t.Errorf("%d got in", in.Load())
	}
}

// A store that is lost is no verdict.
func TestFault_markIsLost(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	lost := core.Unavailable(errors.New("the database is gone"))
	turn := w.turn
	turn.At, turn.Notes, turn.Returned = w.at, w.notes, brought(r, w.good(r))
	turn.Once = func(context.Context, string, string, time.Time) (bool, error) { return false, lost }
	if reply, err := w.a.Begin(t.Context(), turn); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("%T, %v", reply, err)
	}
}

// SAM11: what is read shares nothing with the message but the bytes that verified.
func TestSAM11_readFromVerifiedBytes(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	message := tree(w.good(r))
	known, err := parseMetadata([]byte(w.idp.metadata()), "", nil)
	must(err)
	carrier, err := soleAssertion(message)
	must(err)
	verified, err := verify(carrier, known.keys)
	must(err)
	for _, e := range called(message, "NameID") {
		e.SetText(evil)
	}
	if got := text(called(verified, "NameID")[0]); got != "mara-7" {
		t.Errorf("reads %q", got)
	}
	if len(called(verified, "Signature")) != 0 {
		t.Error("the signature is still there")
	}
}

// SM-08: the answer to an older request is none.
func TestSM08_olderRequest(t *testing.T) {
	w := newWorld(t)
	old := w.ask()
	answer := w.good(old)
	w.ask()
	w.refused(w.bring(old, answer), reasonRelayState)
	r := w.ask()
	old.relay = r.relay
	w.refused(w.bring(old, answer), reasonRequest)
}

func TestSAM16_nothingOpen(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	answer := w.good(r)
	w.notes = nil
	w.refused(w.bring(r, answer), reasonRequest)
}

func TestReturn_byGET(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	b := brought(r, w.good(r))
	b.Posted = false
	w.refused(w.begin(b), reasonBinding)
}

// SM-15, SAM17: RelayState leads to an interaction and nowhere else.
func TestSAM17_relayState(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	arrive := w.a.Endpoints()[0].Arrive
	for name, relay := range map[string]string{
		"a URL": "https://evil.example", "a script": "javascript:alert(1)", "another host": "//evil.example/x",
		"too long": strings.Repeat("a", 81), "10 KB": strings.Repeat("a", 10<<10), "none": "",
	} {
		r.relay = relay
		at, err := arrive(t.Context(), *brought(r, w.good(r)))
		var page *core.PageError
		if !errors.As(err, &page) || page.Name != "page_old" || at.State != "" {
			t.Errorf("%s: %+v, %v", name, at, err)
		}
	}
	r.relay = "kw-state"
	at, err := arrive(t.Context(), *brought(r, w.good(r)))
	if err != nil || at.State != "kw-state" || at.Step != "saml-okta" || at.Notes != nil {
		t.Errorf("%+v, %v", at, err)
	}
	twice := brought(r, w.good(r))
	twice.Values.Add("RelayState", "other")
	if _, err := arrive(t.Context(), *twice); err == nil {
		t.Error("two states were taken for one")
	}
}

// unasked is an answer to nobody.
func (w *world) unasked() string {
	r := request{element: tree(`<x ID="_"/>`)}
	assertion := strings.Replace(w.assertion(r), ` InResponseTo="_"`, "", 1)
	return strings.Replace(w.response(r, w.idp.sign(assertion)), ` InResponseTo="_"`, "", 1)
}

// SM-09: an identity provider begins only where it may.
func TestSM09_unsolicitedIsOff(t *testing.T) {
	w := newWorld(t)
	b := brought(request{}, w.unasked())
	if _, err := w.a.Endpoints()[0].Arrive(t.Context(), *b); err == nil {
		t.Error("an answer that nobody asked for was taken")
	}
	b.Values.Set("RelayState", "kw-state") // sent to somebody whose sign-in is open
	w.ask()
	w.refused(w.bring(request{relay: "state-1"}, w.unasked()), reasonRequest)
}

func TestSM09_unsolicitedBeginsASignInOfItsOwn(t *testing.T) {
	allowed := func(i *IdentityProvider) { i.AllowUnsolicited = true }
	w := newWorld(t, allowed)
	arrive := w.a.Endpoints()[0].Arrive
	b := brought(request{relay: "https://evil.example/"}, w.unasked())
	at, err := arrive(t.Context(), *b)
	if err != nil || at.State != "" || at.Step != "saml-okta" || at.Notes == nil {
		t.Fatalf("%+v, %v", at, err)
	}
	w.notes = at.Notes
	if i := w.identified(w.begin(nil)); i.Subject != "mara-7" {
		t.Errorf("%+v", i)
	}
	w.notes = at.Notes
	w.refused(w.begin(nil), reasonReplay)

	w = newWorld(t, allowed)
	at, err = w.a.Endpoints()[0].Arrive(t.Context(), *b)
	must(err)
	w.notes, w.at = at.Notes, w.at.Add(7*time.Minute)
	w.refused(w.begin(nil), reasonExpired)
}

// Where it is allowed, an answer to a request is still bound to who asked.
func TestSM09_allowedDoesNotLoosenTheRest(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) { i.AllowUnsolicited = true })
	arrive := w.a.Endpoints()[0].Arrive
	r := w.ask()
	at, err := arrive(t.Context(), *brought(r, w.good(r)))
	if err != nil || at.State != r.relay || at.Notes != nil {
		t.Errorf("%+v, %v", at, err)
	}
	w.refused(w.bring(r, w.unasked()), reasonRequest)
	for name, forged := range map[string]string{
		"unsigned":                 cut("Signature")(w.unasked()),
		"changed":                  strings.Replace(w.unasked(), "mara-7", evil, 1),
		"confirms somebody's":      strings.Replace(w.good(r), ` InResponseTo="`+r.id()+`">`, ">", 1),
		"of another service":       strings.Replace(w.unasked(), acs, "https://other.example/acs", 1),
		"billion laughs":           laughs + w.unasked(),
		"not an answer":            "<x/>",
		"an answer in a namespace": `<Response xmlns="urn:x"/>`,
	} {
		if at, err := arrive(t.Context(), *brought(request{}, forged)); err == nil {
			t.Errorf("%s: %+v", name, at)
		}
	}
}

// connection is a stored one that speaks to the fake identity provider.
func connection(w *world, settings string) *core.Connection {
	c := &core.Connection{ID: core.NewID(w.at), Kind: Method}
	c.Label, c.Settings = "Harbour", []byte(settings)
	return c
}

func settings(metadata string, more string) string {
	return `{"metadata":` + quoted(metadata) + more + `}`
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// SM-16: what an organization's identity provider is called and says opens no
// account of another one's.
func TestSM16_connectionsAreKeptApart(t *testing.T) {
	var seen []core.Identity
	for range 2 {
		w := newWorld(t)
		a, err := Connections(Options{Keys: []Key{keys().own}})
		must(err)
		w.use(a)
		c := connection(w, settings(w.idp.metadata(), `,"service_entity_id":"`+own+`","domains":["example.com"]`))
		w.turn.Connection = c
		r := w.ask()
		at := strings.ReplaceAll(w.assertion(r), acs, issuer+"/saml/"+c.ID.String()+"/acs")
		answer := strings.ReplaceAll(w.response(r, w.idp.sign(at)), `Destination="`+acs, `Destination="`+issuer+"/saml/"+c.ID.String()+"/acs")
		b := brought(r, answer)
		b.Connection = c
		i := w.identified(w.begin(b))
		if i.Key.Kind != Method || !i.EmailTrusted {
			t.Errorf("%+v", i)
		}
		seen = append(seen, i)
	}
	if seen[0].Key == seen[1].Key {
		t.Error("two connections share an identity")
	}
}

// SM-11: the answer to a request of one connection does not come to another.
func TestSM11_mixUp(t *testing.T) {
	w := newWorld(t)
	a, err := Connections(Options{})
	must(err)
	w.use(a)
	w.turn.Connection = connection(w, settings(w.idp.metadata(), ""))
	r := w.ask()
	b := brought(r, w.good(r))
	b.Connection = connection(w, settings(keys().other.metadata(), ""))
	turn := w.turn
	turn.Notes, turn.Returned = w.notes, b
	turn.At = w.at
	var page *core.PageError
	if _, err := a.Begin(t.Context(), turn); !errors.As(err, &page) || page.Name != "page_old" {
		t.Errorf("%v", err)
	}
}

// Identity provider B signs an answer to a request that was sent to A.
func TestSM11_anotherIdentityProviderAnswers(t *testing.T) {
	w := newWorld(t)
	r := w.ask()
	w.refused(w.bring(r, w.response(r, keys().other.sign(w.assertion(r)))), reasonSignature)
}

func TestConnections_withoutOne(t *testing.T) {
	w := newWorld(t)
	a, err := Connections(Options{})
	must(err)
	w.use(a)
	if g, ok := w.begin(nil).(core.GoTo); !ok || g.Step != core.StepSignIn {
		t.Error("nobody said which one")
	}
}

func TestCheckConnection(t *testing.T) {
	w := newWorld(t)
	good := settings(w.idp.metadata(), "")
	for name, test := range map[string]struct{ settings, sealed, says string }{
		"good":                {good, "", ""},
		"unknown setting":     {settings(w.idp.metadata(), `,"sign":"both"`), "", "unknown field"},
		"two values":          {good + `{}`, "", "more than one"},
		"no JSON":             {"x", "", "invalid"},
		"no metadata":         {`{}`, "", "Metadata"},
		"not metadata":        {`{"metadata":"<x/>"}`, "", "metadata"},
		"URL without whose":   {`{"metadata_url":"https://idp.example/m"}`, "", "EntityID"},
		"URL of http":         {`{"metadata_url":"http://idp.example/m","entity_id":"x"}`, "", "https"},
		"unknown signature":   {settings(w.idp.metadata(), `,"signed":"none"`), "", "Signed"},
		"skew of an hour":     {settings(w.idp.metadata(), `,"skew_seconds":3600`), "", "SkewSeconds"},
		"a domain with stars": {settings(w.idp.metadata(), `,"domains":["*.example.com"]`), "", "Domains"},
		"secrets of another":  {good, `{"password":"x"}`, "secrets"},
		"a key that is none":  {good, `{"keys":[{"certificate":"x","private_key":"y"}]}`, "key 1"},
	} {
		c := connection(w, test.settings)
		c.Sealed = []byte(test.sealed)
		err := CheckConnection(*c, Options{})
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNew_saysAllThatIsWrong(t *testing.T) {
	_, err := New(IdentityProvider{Name: "Okta!", Keys: []Key{{}}, Terms: Terms{Signed: "x", SkewSeconds: 500}})
	for _, says := range []string{"Name", "Metadata", "Signed", "SkewSeconds", "key 1"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("does not speak of %s: %v", says, err)
		}
	}
	if _, err := url.Parse(entity); err != nil {
		t.Error(err)
	}
}
