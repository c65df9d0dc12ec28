package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/crewjam/saml/logger"
	dsig "github.com/russellhaering/goxmldsig"

	keywrightsaml "github.com/keywright/keywright/authenticators/saml"
)

// idp is an identity provider at which Mara is always signed in. It reads the
// service provider's metadata where that is served.
type idp struct {
	*saml.IdentityProvider
	t      *testing.T
	server *httptest.Server
	base   string

	mu       sync.Mutex
	encrypt  bool
	plain    bool // forgets the service provider's keys, so that the library does not encrypt by AES-CBC
	requests []*saml.AuthnRequest
	signed   []bool // whether the request verified with a key of the service provider
	sessions []string
}

// firstKey and serviceKey are made once for all tests: it takes long.
var (
	firstKey   = sync.OnceValues(newKey)
	serviceKey = sync.OnceValue(func() keywrightsaml.Key {
		k, err := keywrightsaml.GenerateKey("service provider", time.Now(), 24*time.Hour)
		if err != nil {
			panic(err)
		}
		return k
	})
)

// newKey is a key of an identity provider.
func newKey() (*rsa.PrivateKey, *x509.Certificate) {
	made, err := keywrightsaml.GenerateKey("idp", time.Now(), 24*time.Hour)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(made.PrivateKey)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	block, _ = pem.Decode(made.Certificate)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key.(*rsa.PrivateKey), certificate
}

// startIDP starts one that calls itself by this host: a name of this machine.
func startIDP(t *testing.T, host string) *idp {
	t.Helper()
	i := &idp{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("/sso", i.signOn)
	mux.HandleFunc("/slo", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<title>signed out everywhere</title>")
	})
	mux.HandleFunc("/metadata", func(w http.ResponseWriter, r *http.Request) { i.ServeMetadata(w, r) })
	i.server = httptest.NewServer(mux)
	i.base = strings.Replace(i.server.URL, "127.0.0.1", host, 1)
	t.Cleanup(i.server.Close)
	at := func(path string) url.URL {
		u, err := url.Parse(i.base + path)
		must(t, err)
		return *u
	}
	key, certificate := firstKey()
	i.IdentityProvider = &saml.IdentityProvider{
		Key: key, Certificate: certificate, MetadataURL: at("/metadata"), SSOURL: at("/sso"), LogoutURL: at("/slo"),
		SignatureMethod: dsig.RSASHA256SignatureMethod, ServiceProviderProvider: i, Logger: logger.DefaultLogger,
	}
	return i
}

// described is the identity provider's metadata as a file.
func (i *idp) described() []byte {
	b, err := xml.Marshal(i.Metadata())
	must(i.t, err)
	return b
}

// GetServiceProvider reads metadata at the address that is the service provider's
// name.
func (i *idp) GetServiceProvider(r *http.Request, name string) (*saml.EntityDescriptor, error) {
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, name, nil)
	if err != nil {
		return nil, os.ErrNotExist
	}
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var d saml.EntityDescriptor
	if err := xml.Unmarshal(b, &d); err != nil {
		return nil, err
	}
	if i.plain {
		for n := range d.SPSSODescriptors {
			d.SPSSODescriptors[n].KeyDescriptors = nil
		}
	}
	return &d, nil
}

// signOn is what the library does at its own address, but for two things: it looks
// at signatures of requests, which the library does not, and it encrypts by
// AES-GCM, which the library gets wrong.
func (i *idp) signOn(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	req, err := saml.NewIdpAuthnRequest(i.IdentityProvider, r)
	if err == nil {
		err = req.Validate()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	i.requests = append(i.requests, &req.Request)
	role := req.ServiceProviderMetadata.SPSSODescriptors[0]
	i.signed = append(i.signed, signedBy(r, req.RequestBuffer, role.KeyDescriptors))
	if err := i.answer(req); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if err := req.WriteResponse(w); err != nil {
		i.t.Error(err)
	}
}

// answer makes the signed assertion.
func (i *idp) answer(req *saml.IdpAuthnRequest) error {
	index := fmt.Sprintf("session-%d", len(i.sessions)+1)
	i.sessions = append(i.sessions, index)
	keys := req.SPSSODescriptor.KeyDescriptors
	req.SPSSODescriptor.KeyDescriptors = nil // or the library encrypts by AES-CBC
	session := &saml.Session{
		ID: index, CreateTime: req.Now, ExpireTime: req.Now.Add(time.Hour), Index: index,
		NameID: "mara-7", NameIDFormat: string(saml.PersistentNameIDFormat), UserEmail: "mara@example.com", UserCommonName: "Mara Lindqvist",
	}
	if err := (saml.DefaultAssertionMaker{}).MakeAssertion(req, session); err != nil {
		return err
	}
	if err := req.MakeAssertionEl(); err != nil || !i.encrypt {
		return err
	}
	sealed, err := encrypted(req.AssertionEl, keys)
	req.AssertionEl = sealed
	return err
}

// signedBy says whether a request verifies with the service provider's key.
func signedBy(r *http.Request, message []byte, keys []saml.KeyDescriptor) bool {
	for _, k := range keys {
		if k.Use != "signing" {
			continue
		}
		certificate := certificateOf(k)
		if r.Method == http.MethodPost {
			doc := etree.NewDocument()
			if doc.ReadFromBytes(message) != nil {
				return false
			}
			ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
			ctx.IdAttribute = "ID"
			if _, err := ctx.Validate(doc.Root()); err == nil {
				return true
			}
			continue
		}
		signed, rest, _ := strings.Cut(r.URL.RawQuery, "&Signature=")
		encoded, _ := url.QueryUnescape(rest)
		signature, _ := base64.StdEncoding.DecodeString(encoded)
		sum := sha256.Sum256([]byte(signed))
		if rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

func certificateOf(k saml.KeyDescriptor) *x509.Certificate {
	raw, _ := base64.StdEncoding.DecodeString(k.KeyInfo.X509Data.X509Certificates[0].Data)
	c, _ := x509.ParseCertificate(raw)
	return c
}

// encrypted seals an assertion for the service provider.
func encrypted(assertion *etree.Element, keys []saml.KeyDescriptor) (*etree.Element, error) {
	var to *x509.Certificate
	for _, k := range keys {
		if k.Use == "encryption" && to == nil {
			to = certificateOf(k)
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(assertion)
	plain, err := doc.WriteToBytes()
	if err != nil {
		return nil, err
	}
	key, nonce := make([]byte, 16), make([]byte, 12)
	_, _ = rand.Read(key)
	_, _ = rand.Read(nonce)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, to.PublicKey.(*rsa.PublicKey), key, nil)
	if err != nil {
		return nil, err
	}
	sealed := etree.NewDocument()
	err = sealed.ReadFromString(`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">` +
		`<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes128-gcm"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>` +
		`<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/><xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString(wrapped) +
		`</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>` +
		base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, plain, nil)) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`)
	return sealed.Root(), err
}

// logout is a LogoutRequest of the library, signed, as a page that posts it.
func (i *idp) logout(destination, index string, sign bool) string {
	r := saml.LogoutRequest{
		ID: "_" + rand.Text(), Version: "2.0", IssueInstant: time.Now().UTC(), Destination: destination,
		Issuer: &saml.Issuer{Value: i.base + "/metadata"},
		NameID: &saml.NameID{Value: "mara-7", Format: string(saml.PersistentNameIDFormat), NameQualifier: i.base + "/metadata"},
	}
	if index != "" {
		r.SessionIndex = &saml.SessionIndex{Value: index}
	}
	e := r.Element()
	if sign {
		ctx, err := dsig.NewSigningContext(i.Key.(*rsa.PrivateKey), [][]byte{i.Certificate.Raw})
		must(i.t, err)
		ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
		signature, err := ctx.ConstructSignature(e, true)
		must(i.t, err)
		e.InsertChildAt(1, signature)
	}
	doc := etree.NewDocument()
	doc.SetRoot(e)
	b, err := doc.WriteToBytes()
	must(i.t, err)
	return `<title>sign out</title><form method="post" action="` + html.EscapeString(destination) + `" id="leave"><input type="hidden" name="SAMLRequest" value="` +
		base64.StdEncoding.EncodeToString(b) + `"/><input type="hidden" name="RelayState" value="theirs"/><button>Go</button></form>`
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
