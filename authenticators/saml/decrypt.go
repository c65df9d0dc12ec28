package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // the default of RSA-OAEP, where nothing depends on collisions
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"

	"github.com/beevik/etree"
)

// What assertions may be encrypted by (SM-17): authenticated encryption with a
// transported key, and nothing that answers questions about padding.
const (
	nsEncryption11 = "http://www.w3.org/2009/xmlenc11#"
	oaepMGF1       = nsEncryption + "rsa-oaep-mgf1p"
	oaep           = nsEncryption11 + "rsa-oaep"
)

// maxKeys is how many recipients a ciphertext may name.
const maxKeys = 4

// errDecrypt is all that is ever said of why it failed.
var errDecrypt = &refusal{reason: reasonEncryption}

func contentKeySize(algorithm string) int {
	switch algorithm {
	case nsEncryption11 + "aes128-gcm":
		return 16
	case nsEncryption11 + "aes192-gcm":
		return 24
	case nsEncryption11 + "aes256-gcm":
		return 32
	}
	return 0
}

func hashNamed(algorithm string) crypto.Hash {
	switch algorithm {
	case "", nsSignature + "sha1", nsEncryption11 + "mgf1sha1":
		return crypto.SHA1
	case nsEncryption + "sha256", nsEncryption11 + "mgf1sha256":
		return crypto.SHA256
	case "http://www.w3.org/2001/04/xmldsig-more#sha384", nsEncryption11 + "mgf1sha384":
		return crypto.SHA384
	case nsEncryption + "sha512", nsEncryption11 + "mgf1sha512":
		return crypto.SHA512
	}
	return 0
}

// decrypt opens an EncryptedAssertion with whichever of our keys it is for. The
// assertion inside is as little believed as one in the open: it is checked whole
// afterwards.
func decrypt(e *etree.Element, keys []*keyPair) (_ *etree.Element, err error) {
	defer func() {
		if recover() != nil {
			err = errDecrypt
		}
	}()
	sealed := only(e, nsEncryption, "EncryptedData")
	if sealed == nil {
		return nil, errDecrypt
	}
	size := contentKeySize(algorithmOf(sealed))
	wrapped := children(e, nsEncryption, "EncryptedKey")
	if info := only(sealed, nsSignature, "KeyInfo"); info != nil {
		wrapped = append(wrapped, children(info, nsEncryption, "EncryptedKey")...)
	}
	if size == 0 || len(wrapped) == 0 || len(wrapped) > maxKeys {
		return nil, errDecrypt
	}
	ciphertext, err := cipherValue(sealed)
	if err != nil {
		return nil, errDecrypt
	}
	for _, w := range wrapped {
		for _, k := range keys {
			if plaintext, err := open(ciphertext, w, size, k.private); err == nil {
				return decrypted(plaintext)
			}
		}
	}
	return nil, errDecrypt
}

func decrypted(plaintext []byte) (*etree.Element, error) {
	assertion, err := parse(plaintext, messageForm())
	if err != nil || !is(assertion, nsAssertion, "Assertion") {
		return nil, errDecrypt
	}
	return assertion, nil
}

func open(ciphertext []byte, wrapped *etree.Element, size int, private *rsa.PrivateKey) ([]byte, error) {
	options, err := oaepOptions(wrapped)
	if err != nil {
		return nil, err
	}
	transported, err := cipherValue(wrapped)
	if err != nil {
		return nil, err
	}
	key, err := private.Decrypt(rand.Reader, transported, options)
	if err != nil || len(key) != size {
		return nil, errDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(ciphertext) < gcm.NonceSize() {
		return nil, errDecrypt
	}
	return gcm.Open(nil, ciphertext[:gcm.NonceSize()], ciphertext[gcm.NonceSize():], nil)
}

// oaepOptions reads XML Encryption 1.1 section 5.5.2.
func oaepOptions(wrapped *etree.Element) (*rsa.OAEPOptions, error) {
	by := only(wrapped, nsEncryption, "EncryptionMethod")
	algorithm := algorithmOf(wrapped)
	if by == nil || algorithm != oaepMGF1 && algorithm != oaep || len(called(by, "OAEPparams")) > 0 {
		return nil, errDecrypt
	}
	o := &rsa.OAEPOptions{Hash: crypto.SHA1, MGFHash: crypto.SHA1}
	if d := only(by, nsSignature, "DigestMethod"); d != nil {
		o.Hash = hashNamed(attribute(d, "Algorithm"))
	}
	if m := only(by, nsEncryption11, "MGF"); m != nil && algorithm == oaep {
		o.MGFHash = hashNamed(attribute(m, "Algorithm"))
	}
	if o.Hash == 0 || o.MGFHash == 0 {
		return nil, errDecrypt
	}
	return o, nil
}

func algorithmOf(e *etree.Element) string {
	if by := only(e, nsEncryption, "EncryptionMethod"); by != nil {
		return attribute(by, "Algorithm")
	}
	return ""
}

func cipherValue(e *etree.Element) ([]byte, error) {
	value := only(only(e, nsEncryption, "CipherData"), nsEncryption, "CipherValue")
	if value == nil {
		return nil, errors.New("saml: no ciphertext")
	}
	return base64.StdEncoding.DecodeString(folding.Replace(text(value)))
}
