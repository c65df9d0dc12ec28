package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// keysFolder has the keys of tests. They are public: nothing may trust them.
var keysFolder = filepath.Join("testdata", "attacks", "keys")

// warning stands at the head of every key's file; readers of PEM skip it.
const warning = "TEST KEY. It is published with the sources: trust nothing that it has signed.\n\n"

// readIDP reads the key of an identity provider. Where the file is missing, -update
// makes another one.
func readIDP(name string, generate func() crypto.Signer) *fakeIDP {
	k := readPEM(name, func() Key { return withCertificate(generate()) })
	certificate, err := parseCertificate(k.Certificate)
	must(err)
	block, _ := pem.Decode(k.PrivateKey)
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(err)
	return &fakeIDP{private.(crypto.Signer), certificate}
}

// readKey reads a key of our own.
func readKey(name string) Key {
	return readPEM(name, func() Key {
		k, err := GenerateKey(name, noon(), 24*time.Hour)
		must(err)
		return k
	})
}

func readPEM(name string, generate func() Key) (k Key) {
	file := filepath.Join(keysFolder, name+".pem")
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && *update {
		k = generate()
		must(os.MkdirAll(keysFolder, 0o755))
		must(os.WriteFile(file, append(append([]byte(warning), k.Certificate...), k.PrivateKey...), 0o600))
		return k
	}
	must(err)
	certificate, rest := pem.Decode(b)
	private, _ := pem.Decode(rest)
	return Key{Certificate: pem.EncodeToMemory(certificate), PrivateKey: pem.EncodeToMemory(private)}
}

func newRSA(bits int) func() crypto.Signer {
	return func() crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		must(err)
		return key
	}
}

func newCurve() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

// withCertificate gives a key a certificate that ended long ago: nobody minds.
func withCertificate(key crypto.Signer) Key {
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp, for tests only"}, NotBefore: noon().AddDate(-5, 0, 0), NotAfter: noon().AddDate(-4, 0, 0),
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	return Key{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}
}
