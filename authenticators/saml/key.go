package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// minRSA and maxRSA are the shortest and the longest RSA key that is believed, in
// bits: a longer one makes every check slow.
const (
	minRSA = 2048
	maxRSA = 8192
)

// Key is a key of this service provider with the certificate that carries it in
// metadata. Both are PEM; the key is RSA, of at least 2048 bits. GenerateKey makes
// one.
type Key struct {
	Certificate []byte
	// PrivateKey is PKCS #8 or PKCS #1.
	PrivateKey []byte
}

// String prints nothing of the key.
func (Key) String() string { return "saml.Key" }

// GoString prints nothing of the key.
func (Key) GoString() string { return "saml.Key" }

// GenerateKey makes an RSA key of 3072 bits and a certificate that it signs
// itself, valid from now for as long as is said: both as PEM, to be kept where
// the provider's other secrets are. The certificate's name is for people to read.
func GenerateKey(name string, now time.Time, validFor time.Duration) (Key, error) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Key{}, err
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour).UTC(), NotAfter: now.Add(validFor).UTC(),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return Key{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Key{}, err
	}
	return Key{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

// keyPair is a Key that has been read.
type keyPair struct {
	private     *rsa.PrivateKey
	certificate *x509.Certificate
}

func parseKey(k Key) (*keyPair, error) {
	certificate, err := parseCertificate(k.Certificate)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(k.PrivateKey)
	if block == nil {
		return nil, errors.New("PrivateKey is not PEM")
	}
	var parsed any
	if block.Type == "RSA PRIVATE KEY" {
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	switch {
	case err != nil || !ok:
		return nil, errors.New("PrivateKey is not an RSA key in PKCS #8 or PKCS #1")
	case private.N.BitLen() < minRSA:
		return nil, fmt.Errorf("PrivateKey has %d bits: at least %d", private.N.BitLen(), minRSA)
	case !private.PublicKey.Equal(certificate.PublicKey):
		return nil, errors.New("the certificate is of another key than PrivateKey")
	}
	return &keyPair{private, certificate}, nil
}

func parseKeys(all []Key) (pairs []*keyPair, err error) {
	for n, k := range all {
		pair, failed := parseKey(k)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("key %d: %w", n+1, failed))
			continue
		}
		pairs = append(pairs, pair)
	}
	return pairs, err
}

func parseCertificate(b []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the certificate is not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// strong says whether a key is one that signatures are believed of (SAM22).
func strong(c *x509.Certificate) bool {
	switch public := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSA && public.N.BitLen() <= maxRSA
	case *ecdsa.PublicKey:
		return public.Curve.Params().BitSize >= 256
	}
	return false
}

// signElement puts a signature into a message, after its issuer, where the schema
// wants it.
func (k *keyPair) signElement(e *etree.Element) error {
	ctx, err := dsig.NewSigningContext(k.private, [][]byte{k.certificate.Raw})
	if err != nil {
		return err
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(rsaSHA256); err != nil {
		return err
	}
	signature, err := ctx.ConstructSignature(e, true)
	if err != nil {
		return err
	}
	e.InsertChildAt(1, signature)
	return nil
}

// signQuery adds the algorithm and the signature to a query.
func (k *keyPair) signQuery(query string) (string, error) {
	query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	sum := sha256.Sum256([]byte(query))
	made, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(made)), nil
}
