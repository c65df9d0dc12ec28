package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// IdentityProvider is one identity provider that is configured in code.
type IdentityProvider struct {
	// Name is the last part of the method, "saml:<name>", and stands in URLs: 1 to
	// 32 of a to z, 0 to 9 and the hyphen. Changing it unlinks everybody.
	Name string
	// Label is what people read on its button; the name where empty.
	Label string
	// Metadata is its metadata, the bytes of the XML file.
	Metadata []byte
	// MetadataURL is where its metadata is, instead: https, no redirect, a public
	// address, at most 64 KiB. It is read at first use and again when it says so,
	// between every five minutes and once a day. It needs EntityID.
	MetadataURL string
	// Keys are this service provider's own. The first one signs; every one of them
	// decrypts and stands in our metadata, so that the next one is known before it
	// is the first. None: requests are not signed, nothing can be decrypted, and
	// single logout is not answered.
	Keys []Key
	Terms
}

// Terms is how an identity provider is spoken to. The zero value is good for most,
// with metadata from a file. The names of the JSON members are those of the
// settings of a stored connection.
type Terms struct {
	// EntityID of the identity provider: metadata of another one is refused.
	// Optional with Metadata of a single entity.
	EntityID string `json:"entity_id,omitempty"`
	// ServiceEntityID is the name by which the identity provider knows us: the URL
	// of our metadata where empty.
	ServiceEntityID string `json:"service_entity_id,omitempty"`
	// MetadataSigners are certificates in PEM. Where given, the metadata has to be
	// signed by one of them.
	MetadataSigners []string `json:"metadata_signers,omitempty"`
	// Signed says what has to be signed: SignedAssertion where empty.
	Signed Signed `json:"signed,omitempty"`
	// Post sends requests by the POST binding where the identity provider takes
	// it; by redirect otherwise.
	Post bool `json:"post,omitempty"`
	// SignRequests signs them even where the metadata does not ask for it.
	SignRequests bool `json:"sign_requests,omitempty"`
	// AllowUnsolicited lets the identity provider begin: its portal starts an
	// ordinary sign-in here. Anybody who has an account there can then sign somebody
	// else in as themselves, so it is off (SM-09).
	AllowUnsolicited bool `json:"allow_unsolicited,omitempty"`
	// NameIDFormat that is asked for; empty leaves it to the identity provider.
	NameIDFormat string `json:"name_id_format,omitempty"`
	// SubjectAttribute names a person instead of the NameID: an attribute with
	// exactly one value that never changes and is never given to somebody else. Single
	// logout, which knows the NameID alone, is then not answered.
	SubjectAttribute string `json:"subject_attribute,omitempty"`
	// Attributes says which attribute holds what of the profile.
	Attributes Attributes `json:"attributes,omitzero"`
	// Contexts are authentication context classes of which one is asked for and has
	// to be shown (SAML-C section 3.3.2.2.1, comparison "exact").
	Contexts []string `json:"contexts,omitempty"`
	// MultiFactorContexts are the classes that are believed to mean more than one
	// factor: with one of them "mfa" is in the amr. Where a turn wants more than one
	// factor they are asked for.
	MultiFactorContexts []string `json:"multi_factor_contexts,omitempty"`
	// Domains are those of email addresses that the identity provider gives out: an
	// address in them counts as proven, unless Attributes.EmailVerified says which
	// attribute tells. Not for one where people write their address themselves.
	Domains []string `json:"domains,omitempty"`
	// SkewSeconds is how far clocks may differ: 60 where zero, at most 180.
	SkewSeconds int `json:"skew_seconds,omitempty"`
}

// Signed says which element has to bear the signature (SM-01). One that is there
// without being asked for has to be good too.
type Signed string

// What has to be signed.
const (
	SignedAssertion Signed = "assertion"
	SignedResponse  Signed = "response" // the whole answer, with the assertion in it
	SignedBoth      Signed = "both"
)

// Attributes says by which Name an identity provider sends what. An empty member
// means the usual names. A profile member is only taken from an attribute with one
// value: of several, none is chosen.
type Attributes struct {
	Email         string `json:"email,omitempty"`
	EmailVerified string `json:"email_verified,omitempty"` // "true" or "1"; no usual name
	Name          string `json:"name,omitempty"`
	GivenName     string `json:"given_name,omitempty"`
	FamilyName    string `json:"family_name,omitempty"`
	Username      string `json:"username,omitempty"`
	// Claims keeps attributes in the account's own claims, by the name of the
	// claim, each as a list of at most 200 texts: "groups" from the attribute of that
	// name. None are kept unless they are named here.
	Claims map[string]string `json:"claims,omitempty"`
}

// Options for Connections.
type Options struct {
	// Keys of this service provider for connections whose Sealed holds none: see
	// IdentityProvider.Keys.
	Keys []Key
}

// Settings are the settings of a stored connection as a JSON object: those of
// Terms, and one of metadata and metadata_url. Members that are not known are an
// error. Its secrets, where it has keys of its own, are a Secrets.
type Settings struct {
	Metadata    string `json:"metadata,omitempty"`
	MetadataURL string `json:"metadata_url,omitempty"`
	Terms
}

// Secrets is what a connection seals: keys of its own, in the order of
// IdentityProvider.Keys.
type Secrets struct {
	Keys []SecretKey `json:"keys"`
}

// SecretKey is a Key in JSON.
type SecretKey struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

// String prints nothing of the key.
func (SecretKey) String() string { return "saml.SecretKey" }

// GoString prints nothing of the key.
func (SecretKey) GoString() string { return "saml.SecretKey" }

const (
	defaultSkew = time.Minute
	maxSkew     = 180 * time.Second
)

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// check reports everything that is wrong, each with its remedy.
func (i IdentityProvider) check() error {
	var all []error
	bad := func(format string, args ...any) {
		all = append(all, fmt.Errorf("saml: %s: "+format, append([]any{i.Name}, args...)...))
	}
	if len(i.Metadata) == 0 == (i.MetadataURL == "") {
		bad("give one of Metadata and MetadataURL")
	}
	if i.MetadataURL != "" {
		if u, err := url.Parse(i.MetadataURL); err != nil || u.Scheme != "https" || u.Host == "" {
			bad("MetadataURL %q: give an https URL", i.MetadataURL)
		}
		if i.EntityID == "" {
			bad("EntityID: with MetadataURL say whose metadata it has to be")
		}
	}
	if !slices.Contains([]Signed{"", SignedAssertion, SignedResponse, SignedBoth}, i.Signed) {
		bad(`Signed %q: "assertion", "response" or "both"`, i.Signed)
	}
	if i.SignRequests && len(i.Keys) == 0 {
		bad("SignRequests: give Keys to sign with")
	}
	if i.SkewSeconds < 0 || time.Duration(i.SkewSeconds)*time.Second > maxSkew {
		bad("SkewSeconds %d: 0 to %d", i.SkewSeconds, int(maxSkew.Seconds()))
	}
	if u, err := url.Parse(i.ServiceEntityID); err != nil || i.ServiceEntityID != "" && (!u.IsAbs() || len(i.ServiceEntityID) > maxEntityID) {
		bad("ServiceEntityID %q: give an absolute URI of at most %d bytes", i.ServiceEntityID, maxEntityID)
	}
	for _, d := range i.Domains {
		if d == "" || len(d) > core.MaxDomain || strings.ToLower(d) != d || strings.ContainsAny(d, "@ */") {
			bad("Domains: %q is no domain in lower case", d)
		}
	}
	for _, s := range i.MetadataSigners {
		if _, err := parseCertificate([]byte(s)); err != nil {
			bad("MetadataSigners: %w", err)
		}
	}
	return errors.Join(all...)
}

func (t Terms) skew() time.Duration {
	if t.SkewSeconds == 0 {
		return defaultSkew
	}
	return time.Duration(t.SkewSeconds) * time.Second
}

// fromConnection reads a stored connection, strictly: a setting that is spelt
// wrong is not one that is not there.
func fromConnection(c *core.Connection, shared []Key) (IdentityProvider, error) {
	var s Settings
	if err := strict(c.Settings, &s); err != nil {
		return IdentityProvider{}, fmt.Errorf("saml: settings of connection %s: %w", c.ID, err)
	}
	idp := IdentityProvider{
		Name: c.ID.String(), Label: c.Label, Metadata: []byte(s.Metadata), MetadataURL: s.MetadataURL, Keys: shared, Terms: s.Terms,
	}
	if len(c.Sealed) > 0 {
		var own Secrets
		if err := strict(c.Sealed, &own); err != nil {
			return IdentityProvider{}, fmt.Errorf("saml: secrets of connection %s cannot be read", c.ID) // never the bytes
		}
		idp.Keys = nil
		for _, k := range own.Keys {
			idp.Keys = append(idp.Keys, Key{Certificate: []byte(k.Certificate), PrivateKey: []byte(k.PrivateKey)})
		}
	}
	return idp, idp.check()
}

// CheckConnection reports all that is wrong with a connection of kind "saml" before
// it is stored, with Sealed in the open: settings, keys and, where they are given
// whole, metadata. The options are those of Connections.
func CheckConnection(c core.Connection, o Options) error {
	idp, err := fromConnection(&c, o.Keys)
	if err != nil {
		return err
	}
	if _, err := parseKeys(idp.Keys); err != nil {
		return fmt.Errorf("saml: connection %s: %w", c.ID, err)
	}
	if len(idp.Metadata) == 0 {
		return nil
	}
	var signers []*x509.Certificate
	for _, s := range idp.MetadataSigners {
		signer, err := parseCertificate([]byte(s))
		if err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	_, err = parseMetadata(idp.Metadata, idp.EntityID, signers)
	return err
}

func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}
