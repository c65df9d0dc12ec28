package saml

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/keywright/keywright/core"
)

const (
	issuer  = "https://id.example"
	entity  = "https://idp.example/metadata"
	signOn  = "https://idp.example/sso"
	signOut = "https://idp.example/slo"
	acs     = issuer + "/saml/okta/acs"
	slo     = issuer + "/saml/okta/slo"
	own     = issuer + "/saml/okta/metadata"
	mara    = "mara@example.com"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// stamped is a time as SAML writes it.
func stamped(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// fakeIDP signs whatever a test wants signed.
type fakeIDP struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

// keyring has the keys of all tests: those of testdata/attacks/keys, so that what
// is signed is the same each time.
type keyring struct {
	idp, other, small, curve *fakeIDP
	own, next                Key
}

var keys = sync.OnceValue(func() keyring {
	return keyring{
		readIDP("idp", newRSA(2048)), readIDP("other", newRSA(2048)), readIDP("small", newRSA(1024)), readIDP("curve", newCurve),
		readKey("own"), readKey("next"),
	}
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// metadata of the identity provider, with further keys.
func (i *fakeIDP) metadata(more ...*fakeIDP) string {
	described := ""
	for _, k := range append([]*fakeIDP{i}, more...) {
		described += `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="` + nsSignature + `"><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(k.certificate.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
	}
	return `<md:EntityDescriptor xmlns:md="` + nsMetadata + `" ID="m1" entityID="` + entity + `">
<!-- as people leave them --><md:IDPSSODescriptor protocolSupportEnumeration="` + nsProtocol + `">` + described + `
<md:SingleLogoutService Binding="` + bindingRedirect + `" Location="` + signOut + `"/>
<md:SingleSignOnService Binding="` + bindingRedirect + `" Location="` + signOn + `"/>
<md:SingleSignOnService Binding="` + bindingPost + `" Location="` + signOn + `"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`
}

// sign signs the root of a document, with the signature behind its first child.
func (i *fakeIDP) sign(document string, change ...func(*dsig.SigningContext)) string {
	doc := etree.NewDocument()
	must(doc.ReadFromString(document))
	ctx, err := dsig.NewSigningContext(i.key, [][]byte{i.certificate.Raw})
	must(err)
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	for _, c := range change {
		c(ctx)
	}
	signature, err := ctx.ConstructSignature(doc.Root(), true)
	must(err)
	doc.Root().InsertChildAt(1, signature)
	s, err := doc.WriteToString()
	must(err)
	return s
}

// world is one sign-in at the service provider, with a store as a map.
type world struct {
	t      *testing.T
	idp    *fakeIDP
	a      *Authenticator
	at     time.Time
	mu     sync.Mutex
	used   map[string]time.Time
	notes  []byte
	states int
	turn   core.Turn
}

// newWorld has a service provider that knows the identity provider.
func newWorld(t *testing.T, change ...func(*IdentityProvider)) *world {
	t.Helper()
	w := &world{t: t, idp: keys().idp, at: noon(), used: map[string]time.Time{}}
	idp := IdentityProvider{Name: "okta", Label: "Okta", Metadata: []byte(w.idp.metadata()), Keys: []Key{keys().own, keys().next}}
	for _, c := range change {
		c(&idp)
	}
	a, err := New(idp)
	if err != nil {
		t.Fatal(err)
	}
	w.use(a)
	return w
}

func (w *world) use(a *Authenticator) {
	w.a = a
	must(a.Start(core.Tools{Now: func() time.Time { return w.at }}))
	w.turn = core.Turn{
		Issuer: issuer, Purpose: core.TurnSignIn, Step: a.Steps()[0], Interaction: core.NewID(w.at), Request: &core.AuthorizationRequest{}, Address: "192.0.2.1",
		State: func() string { w.states++; return fmt.Sprintf("state-%d", w.states) }, Once: w.once,
	}
}

func (w *world) once(_ context.Context, kind, thing string, until time.Time) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := kind + "\x00" + thing
	if _, used := w.used[key]; used {
		return false, nil
	}
	w.used[key] = until
	return true, nil
}

// begin asks the authenticator and keeps its notes.
func (w *world) begin(returned *core.Returned) core.Reply {
	w.t.Helper()
	t := w.turn
	t.At, t.Notes, t.Returned = w.at, w.notes, returned
	reply, err := w.a.Begin(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	if k := keepOf(reply); k.Notes != nil {
		w.notes = k.Notes
	}
	return reply
}

func keepOf(reply core.Reply) core.Keep {
	switch r := reply.(type) {
	case core.Redirect:
		return r.Keep
	case core.AutoPostTo:
		return r.Keep
	case core.Refused:
		return r.Keep
	case core.Identified:
		return r.Keep
	}
	return core.Keep{}
}

// ask starts a sign-in and reads the request that goes out.
func (w *world) ask() request {
	w.t.Helper()
	return w.readRequest(w.begin(nil))
}

// request is an AuthnRequest as an identity provider reads it.
type request struct {
	element      *etree.Element
	raw          string // query
	relay, where string
}

func (r request) id() string { return attribute(r.element, "ID") }

func (w *world) readRequest(reply core.Reply) request {
	w.t.Helper()
	var out request
	var message []byte
	switch reply := reply.(type) {
	case core.Redirect:
		u, err := url.Parse(reply.URL)
		must(err)
		packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
		must(err)
		message, err = io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		must(err)
		out.raw, out.relay, out.where = u.RawQuery, u.Query().Get("RelayState"), u.Scheme+"://"+u.Host+u.Path
	case core.AutoPostTo:
		out.where = reply.Post.URL
		for _, f := range reply.Post.Fields {
			if f[0] == "RelayState" {
				out.relay = f[1]
				continue
			}
			var err error
			message, err = base64.StdEncoding.DecodeString(f[1])
			must(err)
		}
	default:
		w.t.Fatalf("got %T, want a request", reply)
	}
	doc := etree.NewDocument()
	must(doc.ReadFromBytes(message))
	out.element = doc.Root()
	return out
}

// assertion is a good one that answers a request, not signed.
func (w *world) assertion(r request) string {
	now, soon := stamped(w.at), stamped(w.at.Add(5*time.Minute))
	return `<saml:Assertion xmlns:saml="` + nsAssertion + `" ID="a1" Version="2.0" IssueInstant="` + now + `"><saml:Issuer>` + entity + `</saml:Issuer>` +
		`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">mara-7</saml:NameID>` +
		`<saml:SubjectConfirmation Method="` + bearer + `"><saml:SubjectConfirmationData InResponseTo="` + r.id() + `" Recipient="` + acs + `" NotOnOrAfter="` + soon + `"/></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="` + now + `" NotOnOrAfter="` + soon + `"><saml:AudienceRestriction><saml:Audience>` + own + `</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="` + now + `" SessionIndex="s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>` + mara + `</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="displayName"><saml:AttributeValue>Mara Lindqvist</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>admins</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`
}

// response puts an assertion into an answer, not signed.
func (w *world) response(r request, assertion string) string {
	return `<samlp:Response xmlns:samlp="` + nsProtocol + `" xmlns:saml="` + nsAssertion + `" ID="r1" Version="2.0" IssueInstant="` + stamped(w.at) + `" Destination="` + acs + `" InResponseTo="` + r.id() + `">` +
		`<saml:Issuer>` + entity + `</saml:Issuer><samlp:Status><samlp:StatusCode Value="` + statusSuccess + `"/></samlp:Status>` + assertion + `</samlp:Response>`
}

// good is an answer with a signed assertion.
func (w *world) good(r request) string { return w.response(r, w.idp.sign(w.assertion(r))) }

// brought is an answer as the browser posts it.
func brought(r request, response string) *core.Returned {
	return &core.Returned{
		Issuer: issuer, Path: "/saml/okta/acs", Posted: true,
		Values: url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(response))}, "RelayState": {r.relay}},
	}
}

// bring posts an answer to the request.
func (w *world) bring(r request, response string) core.Reply {
	w.t.Helper()
	return w.begin(brought(r, response))
}

// identified wants a success.
func (w *world) identified(reply core.Reply) core.Identity {
	w.t.Helper()
	i, ok := reply.(core.Identified)
	if !ok {
		w.t.Fatalf("got %T (%s), want somebody identified", reply, reasonOf(reply))
	}
	return i.Identity
}

// reasonOf reads why a reply refuses.
func reasonOf(reply core.Reply) reason {
	r, ok := reply.(core.Refused)
	if !ok || len(r.Events) != 1 {
		return reason(fmt.Sprintf("%T", reply))
	}
	return reason(strings.TrimPrefix(r.Events[0].Reason, "saml_"))
}

// refused wants a refusal for this reason, on a page that says what to do next.
func (w *world) refused(reply core.Reply, why reason) {
	w.t.Helper()
	if got := reasonOf(reply); got != why {
		w.t.Errorf("got %s, want %s", got, why)
		return
	}
	page := reply.(core.Refused).Page
	if page.Name != PageName || page.Status < 400 || len(page.Problems) != 1 || page.Problems[0].Args["provider"] != "Okta" {
		w.t.Errorf("page %+v", page)
	}
	if string(keepOf(reply).Notes) != "{}" {
		w.t.Errorf("the request is still open: %s", keepOf(reply).Notes)
	}
}

// tree and flat turn a document into a tree and back.
func tree(document string) *etree.Element {
	doc := etree.NewDocument()
	must(doc.ReadFromString(document))
	return doc.Root()
}

func flat(e *etree.Element) string {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	s, err := doc.WriteToString()
	must(err)
	return s
}
