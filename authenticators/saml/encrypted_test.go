package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
	"testing"
)

// encrypt seals an assertion as a good identity provider does.
func encrypt(assertion string, to Key, size int, h func() hash.Hash, methods string) string {
	pair, err := parseKey(to)
	must(err)
	key, nonce := make([]byte, size), make([]byte, 12)
	_, _ = rand.Read(key)
	_, _ = rand.Read(nonce)
	block, err := aes.NewCipher(key)
	must(err)
	gcm, err := cipher.NewGCM(block)
	must(err)
	wrapped, err := rsa.EncryptOAEP(h(), rand.Reader, &pair.private.PublicKey, key, nil)
	must(err)
	return sealedAs(map[int]string{16: "aes128-gcm", 24: "aes192-gcm", 32: "aes256-gcm"}[size], gcm.Seal(nonce, nonce, []byte(assertion), nil), methods, wrapped)
}

func sealedAs(content string, data []byte, methods string, wrapped []byte) string {
	return `<saml:EncryptedAssertion xmlns:saml="` + nsAssertion + `"><xenc:EncryptedData xmlns:xenc="` + nsEncryption + `" Type="` + nsEncryption + `Element">` +
		`<xenc:EncryptionMethod Algorithm="` + nsEncryption11 + content + `"/><ds:KeyInfo xmlns:ds="` + nsSignature + `"><xenc:EncryptedKey>` + methods +
		`<xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString(wrapped) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>` +
		`<xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString(data) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`
}

const (
	plainOAEP  = `<xenc:EncryptionMethod Algorithm="` + oaepMGF1 + `"/>`
	sha256OAEP = `<xenc:EncryptionMethod Algorithm="` + oaep + `"><ds:DigestMethod xmlns:ds="` + nsSignature + `" Algorithm="` + nsEncryption + `sha256"/><x:MGF xmlns:x="` + nsEncryption11 + `" Algorithm="` + nsEncryption11 + `mgf1sha256"/></xenc:EncryptionMethod>`
)

func TestSM17_encrypted(t *testing.T) {
	for name, test := range map[string]struct {
		to      Key
		size    int
		hash    func() hash.Hash
		methods string
	}{
		"AES-128, OAEP":              {keys().own, 16, sha1.New, plainOAEP},
		"AES-256, OAEP of XML Enc 2": {keys().own, 32, sha256.New, sha256OAEP},
		"for the next key":           {keys().next, 24, sha1.New, plainOAEP},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.ask()
			w.identified(w.bring(r, w.response(r, encrypt(w.idp.sign(w.assertion(r)), test.to, test.size, test.hash, test.methods))))
		})
	}
}

// An assertion may be encrypted inside of a signed answer.
func TestSM17_encryptedInsideSigned(t *testing.T) {
	w := newWorld(t, func(i *IdentityProvider) { i.Signed = SignedResponse })
	r := w.ask()
	sealed := encrypt(w.assertion(r), keys().own, 16, sha1.New, plainOAEP)
	w.identified(w.bring(r, w.idp.sign(w.response(r, sealed))))
	r = w.ask()
	w.refused(w.bring(r, w.response(r, sealed)), reasonUnsigned)
}

// SAM21: whatever is wrong with a ciphertext, it is wrong in one way.
func TestSAM21_uniform(t *testing.T) {
	pair, err := parseKey(keys().own)
	must(err)
	w := newWorld(t)
	var said []string
	for name, sealed := range brokenCiphers(w.idp.sign(w.assertion(request{element: tree(`<x ID="_"/>`)}))) {
		w := newWorld(t)
		r := w.ask()
		reply := w.bring(r, w.response(r, sealed))
		if got := reasonOf(reply); got != reasonEncryption {
			t.Errorf("%s: %s", name, got)
			continue
		}
		_, err := decrypt(tree(sealed), []*keyPair{pair})
		said = append(said, err.Error())
	}
	for _, s := range said {
		if s != said[0] {
			t.Errorf("%q and %q", s, said[0])
		}
	}
}

// brokenCiphers are encrypted assertions that cannot be, or are not to be, opened.
func brokenCiphers(plain string) map[string]string {
	good := encrypt(plain, keys().own, 16, sha1.New, plainOAEP)
	pair, err := parseKey(keys().own)
	must(err)
	v15, err := rsa.EncryptPKCS1v15(rand.Reader, &pair.private.PublicKey, make([]byte, 16)) //nolint:staticcheck // what is refused
	must(err)
	short, err := rsa.EncryptOAEP(crypto.SHA1.New(), rand.Reader, &pair.private.PublicKey, []byte("short"), nil)
	must(err)
	return map[string]string{
		"CBC":                     strings.Replace(good, nsEncryption11+"aes128-gcm", nsEncryption+"aes128-cbc", 1),
		"triple DES":              strings.Replace(good, nsEncryption11+"aes128-gcm", nsEncryption+"tripledes-cbc", 1),
		"RSA 1.5":                 strings.Replace(good, oaepMGF1, nsEncryption+"rsa-1_5", 1),
		"RSA 1.5 for real":        sealedAs("aes128-gcm", make([]byte, 64), `<xenc:EncryptionMethod Algorithm="`+nsEncryption+`rsa-1_5"/>`, v15),
		"another key":             encrypt(plain, readKey("other"), 16, sha1.New, plainOAEP),
		"a key of another length": strings.Replace(good, "aes128-gcm", "aes256-gcm", 1),
		"a short key":             sealedAs("aes128-gcm", make([]byte, 64), plainOAEP, short),
		"a bit flipped":           strings.Replace(good, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", "AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", 1),
		"no bytes":                sealedAs("aes128-gcm", nil, plainOAEP, short),
		"less than a nonce":       sealedAs("aes128-gcm", []byte("x"), plainOAEP, short),
		"an unknown digest":       strings.Replace(encrypt(plain, keys().own, 16, sha256.New, sha256OAEP), nsEncryption+"sha256", "urn:md5", 1),
		"no key at all":           cut("EncryptedKey")(good),
		"nothing in it":           `<saml:EncryptedAssertion xmlns:saml="` + nsAssertion + `"/>`,
		"not XML inside":          encrypt("x", keys().own, 16, sha1.New, plainOAEP),
		"no assertion inside":     encrypt("<x/>", keys().own, 16, sha1.New, plainOAEP),
		"a bomb inside":           encrypt(laughs+"<x/>", keys().own, 16, sha1.New, plainOAEP),
	}
}

// What is inside is checked like what is in the open.
func TestSM17_insideIsCheckedWhole(t *testing.T) {
	for _, test := range map[string]struct {
		inside func(*world, request) string
		why    reason
	}{
		"unsigned":          {func(w *world, r request) string { return w.assertion(r) }, reasonUnsigned},
		"signed by another": {func(w *world, r request) string { return keys().other.sign(w.assertion(r)) }, reasonSignature},
		"another audience": {func(w *world, r request) string {
			return w.idp.sign(strings.Replace(w.assertion(r), own, "https://x.example", 1))
		}, reasonAudience},
		"one inside another": {func(w *world, r request) string {
			return strings.Replace(w.assertion(r), "</saml:Assertion>", strings.Replace(w.idp.sign(w.assertion(r)), "a1", "a2", 1)+"</saml:Assertion>", 1)
		}, reasonWrapped},
	} {
		w := newWorld(t)
		r := w.ask()
		w.refused(w.bring(r, w.response(r, encrypt(test.inside(w, r), keys().own, 16, sha1.New, plainOAEP))), test.why)
	}
}
