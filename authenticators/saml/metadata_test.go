package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// asPEM is the certificate of a fake identity provider.
func asPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// SM-19, SAM26, XSS07: what metadata is refused.
func TestSAM26_metadata(t *testing.T) {
	for name, test := range metadataDocuments() {
		t.Run(name, func(t *testing.T) {
			p, err := parseMetadata([]byte(test.document), test.entityID, test.signers)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || p.entityID != entity || len(p.keys) != 1 || p.signOn[bindingPost].location != signOn || p.signOut[bindingRedirect].location != signOut {
				t.Errorf("%+v, %v", p, err)
			}
			if strings.Contains(test.document, "validUntil") && p.until.IsZero() {
				t.Error("no end")
			}
		})
	}
}

// metadataDocument is read as that of an entity, with signers or without.
type metadataDocument struct {
	document, entityID string
	signers            []*x509.Certificate
	says               string // why it is refused
}

func metadataDocuments() map[string]metadataDocument {
	good := keys().idp.metadata()
	signers := []*x509.Certificate{keys().other.certificate}
	several := `<md:EntitiesDescriptor xmlns:md="` + nsMetadata + `" ID="all" validUntil="2026-04-01T00:00:00Z">` + good + strings.Replace(good, entity, "https://other.example", 1) + `</md:EntitiesDescriptor>`
	several = strings.Replace(several, `ID="m1"`, "", 1)
	return map[string]metadataDocument{
		"good":                     {good, "", nil, ""},
		"good and expected":        {good, entity, nil, ""},
		"one of several":           {several, entity, nil, ""},
		"which of several":         {several, "", nil, "several entities"},
		"none of several":          {several, "https://x.example", nil, "0 entities"},
		"twice the same":           {strings.Replace(several, "https://other.example", entity, 1), entity, nil, "2 entities"},
		"SAM26 another entity":     {good, "https://x.example", nil, "not of"},
		"SAM26 unsigned":           {good, "", signers, "unsigned"},
		"SAM26 signed by another":  {keys().idp.sign(good), "", signers, "signature"},
		"signed":                   {keys().other.sign(good), "", signers, ""},
		"changed after signing":    {strings.Replace(keys().other.sign(good), signOn, "https://evil.example/sso", 1), "", signers, "signature"},
		"SAM26 10 MB":              {strings.Repeat(" ", 10<<20) + good, "", nil, "size"},
		"SAM20 document type":      {"<!DOCTYPE x>" + good, "", nil, "document type"},
		"XSS07 script":             {strings.ReplaceAll(good, signOn, "javascript:alert(1)"), "", nil, "no address"},
		"XSS07 data":               {strings.ReplaceAll(good, signOn, "data:text/html,x"), "", nil, "no address"},
		"http":                     {strings.ReplaceAll(good, "https://idp.example/sso", "http://idp.example/sso"), "", nil, "not https"},
		"user in the address":      {strings.ReplaceAll(good, signOn, "https://idp.example@evil.example/"), "", nil, "no address"},
		"an empty address":         {strings.ReplaceAll(good, `"`+signOn+`"`, `""`), "", nil, "no address"},
		"no address":               {strings.ReplaceAll(good, "SingleSignOnService", "Other"), "", nil, "no address to sign in"},
		"SAM22 a key of 1024 bits": {keys().small.metadata(), "", nil, "no signing key"},
		"no key":                   {strings.ReplaceAll(good, "KeyDescriptor", "Other"), "", nil, "no signing key"},
		"a key to encrypt with":    {strings.ReplaceAll(good, `use="signing"`, `use="encryption"`), "", nil, "no signing key"},
		"a service, no provider":   {strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"), "", nil, "no identity provider"},
		"SAML 1.1":                 {strings.ReplaceAll(good, nsProtocol, "urn:oasis:names:tc:SAML:1.1:protocol"), "", nil, "no identity provider"},
		"without a name":           {strings.Replace(good, ` entityID="`+entity+`"`, "", 1), "", nil, "no entityID"},
		"an end nobody can read":   {strings.Replace(good, "<md:EntityDescriptor ", `<md:EntityDescriptor validUntil="soon" `, 1), "", nil, "validUntil"},
		"a cache nobody can read":  {strings.Replace(good, "<md:EntityDescriptor ", `<md:EntityDescriptor cacheDuration="soon" `, 1), "", nil, "cacheDuration"},
	}
}

// site serves metadata as a test wants it.
type site struct {
	document string
	status   int
	asked    int
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	if s.status == 0 {
		return nil, errors.New("no route")
	}
	return &http.Response{StatusCode: s.status, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
}

// answering is a site that has something to say.
type answering struct{ *site }

func (s answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := s.site.RoundTrip(r)
	if err == nil {
		a.Body = readable{bytes.NewReader([]byte(s.document))}
	}
	return a, err
}

type readable struct{ *bytes.Reader }

func (readable) Close() error { return nil }

// remote is a world whose metadata comes from a URL.
func remote(t *testing.T, at *site) *world {
	w := newWorld(t, func(i *IdentityProvider) {
		i.Metadata, i.MetadataURL, i.EntityID = nil, "https://idp.example/metadata", entity
	})
	w.a.peers = map[peerKey]*peer{} // the one that was read without a client
	must(w.a.Start(core.Tools{Now: func() time.Time { return w.at }, HTTP: &http.Client{Transport: answering{at}}}))
	return w
}

// SM-19: a URL is asked when it is due, and a failure changes nothing.
func TestSM19_URL(t *testing.T) {
	at := &site{document: strings.Replace(keys().idp.metadata(), "<md:EntityDescriptor ", `<md:EntityDescriptor cacheDuration="PT2H" validUntil="2026-03-02T00:00:00Z" `, 1), status: 200}
	w := remote(t, at)
	for range 3 {
		r := w.ask()
		w.used = map[string]time.Time{}
		w.identified(w.bring(r, w.good(r)))
	}
	if at.asked != 1 {
		t.Errorf("asked %d times", at.asked)
	}
	for n, failing := range []func(){
		func() { at.status = 0 }, func() { at.status = 500 }, func() { at.status, at.document = 200, "<x/>" },
		func() { at.document = strings.Replace(keys().other.metadata(), entity, "https://evil.example", 1) },
		func() {
			at.document = strings.Replace(keys().idp.metadata(), "<md:EntityDescriptor ", `<md:EntityDescriptor validUntil="2026-01-01T00:00:00Z" `, 1)
		},
		func() { at.document = strings.Repeat(" ", 2<<20) },
	} {
		failing()
		w.at = w.at.Add(time.Hour)
		if n == 0 {
			w.at = w.at.Add(time.Hour)
		}
		w.ask()
		if w.ask(); at.asked != n+2 {
			t.Errorf("failure %d: asked %d times", n, at.asked)
		}
	}
	w.at = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	w.refused(w.begin(nil), reasonMetadata) // the last good copy has ended
	at.document = keys().idp.metadata()
	w.at = w.at.Add(retryAfter)
	w.ask()
}

// A key that is not known is looked for once, and found if it is there.
func TestSM19_rollover(t *testing.T) {
	at := &site{document: keys().idp.metadata(), status: 200}
	w := remote(t, at)
	r := w.ask()
	w.idp, at.document = keys().other, keys().idp.metadata(keys().other)
	w.refused(w.bring(r, w.good(r)), reasonSignature) // asked less than a minute ago
	w.at = w.at.Add(retryAfter)
	r = w.ask()
	w.identified(w.bring(r, w.good(r)))
	if at.asked != 2 {
		t.Errorf("asked %d times", at.asked)
	}
	w.idp = keys().curve
	r = w.ask()
	w.refused(w.bring(r, w.response(r, rawCurve(w.idp.sign(w.assertion(r))))), reasonSignature)
	if at.asked != 2 {
		t.Errorf("whoever forges makes us ask: %d", at.asked)
	}
}

func TestMetadata_neverReachedIsSaid(t *testing.T) {
	w := remote(t, &site{})
	reply := w.begin(nil)
	w.refused(reply, reasonMetadata)
	if p := reply.(core.Refused).Page; p.Problems[0].ID != "saml_away" || p.Status != 503 {
		t.Errorf("%+v", p)
	}
}

// SM-20: our own metadata is the same each time, and shows the next key.
func TestSM20_ownMetadata(t *testing.T) {
	w := newWorld(t)
	read := func() string {
		var b bytes.Buffer
		kind, err := w.a.Endpoints()[1].Document(t.Context(), &b, core.Returned{Issuer: issuer})
		if err != nil || kind != "application/samlmetadata+xml" {
			t.Fatalf("%s, %v", kind, err)
		}
		return b.String()
	}
	first := read()
	w.at = w.at.AddDate(0, 1, 0)
	if read() != first {
		t.Error("it changed")
	}
	root := tree(first)
	role := only(root, nsMetadata, "SPSSODescriptor")
	if attribute(root, "entityID") != own || attribute(only(role, nsMetadata, "AssertionConsumerService"), "Location") != acs {
		t.Error(first)
	}
	uses := map[string]int{}
	for _, d := range children(role, nsMetadata, "KeyDescriptor") {
		uses[attribute(d, "use")]++
	}
	if fmt.Sprint(uses) != "map[encryption:2 signing:2]" {
		t.Error(uses)
	}
	if len(children(role, nsMetadata, "SingleLogoutService")) != 2 || strings.Contains(first, "PRIVATE") {
		t.Error(first)
	}
	w = newWorld(t, func(i *IdentityProvider) { i.SubjectAttribute = "email" })
	if strings.Contains(read(), "SingleLogoutService") {
		t.Error("offers a logout that it cannot answer")
	}
}

// A file that has ended is said at start, and nobody signs in by it.
func TestSAM26_fileHasEnded(t *testing.T) {
	ended := strings.Replace(keys().idp.metadata(), "<md:EntityDescriptor ", `<md:EntityDescriptor validUntil="2026-02-01T00:00:00Z" `, 1)
	w := newWorld(t, func(i *IdentityProvider) { i.Metadata = []byte(ended) })
	var log bytes.Buffer
	must(w.a.Start(core.Tools{Now: func() time.Time { return w.at }, Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	if !strings.Contains(log.String(), "has ended") {
		t.Error(log.String())
	}
	w.refused(w.begin(nil), reasonMetadata)
}

func TestMetadata_wantsSignedRequests(t *testing.T) {
	wants := strings.Replace(keys().idp.metadata(), "<md:IDPSSODescriptor ", `<md:IDPSSODescriptor WantAuthnRequestsSigned="true" `, 1)
	if _, err := New(IdentityProvider{Name: "okta", Metadata: []byte(wants)}); err == nil || !strings.Contains(err.Error(), "give Keys") {
		t.Errorf("%v", err)
	}
	w := newWorld(t, func(i *IdentityProvider) { i.Metadata = []byte(wants) })
	if !strings.Contains(w.ask().raw, "&Signature=") {
		t.Error("not signed")
	}
}

func TestKeys(t *testing.T) {
	k, other := keys().own, keys().next
	for name, bad := range map[string]Key{
		"nothing": {}, "no key": {Certificate: k.Certificate}, "swapped": {Certificate: k.PrivateKey, PrivateKey: k.Certificate},
		"of another": {Certificate: other.Certificate, PrivateKey: k.PrivateKey}, "not RSA": {Certificate: []byte(asPEM(keys().curve.certificate)), PrivateKey: k.PrivateKey},
	} {
		if _, err := parseKey(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(s, "PRIVATE") {
		t.Error("a key was printed")
	}
}
