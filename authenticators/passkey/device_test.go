package passkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// Flags of authenticator data (WebAuthn Level 3 section 6.1).
const (
	up, uv, be, bs, at = 1 << 0, 1 << 2, 1 << 3, 1 << 4, 1 << 6
)

// device is an authenticator in software, with one passkey. It does what it is
// told to, right or wrong.
type device struct {
	t      testing.TB
	id     []byte
	user   []byte
	key    crypto.Signer
	count  uint32
	flags  byte
	aaguid [16]byte
}

func newDevice(t testing.TB) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, id: random(32), key: key, flags: up | uv}
}

func newEd25519(t testing.TB) *device {
	t.Helper()
	d := newDevice(t)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.key = key
	return d
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// lie is what an answer says instead of the truth; zero members do not lie.
type lie struct {
	typ, challenge, origin, topOrigin string
	cross                             bool
	rpID                              string
	clear, set                        byte
	handle, id                        []byte
	noHandle                          bool
	count                             *uint32
	flip                              bool // one bit of the signature
	format                            string
	alg                               int64
	curve                             bool // a point that is on no curve
	trailing                          []byte
	x5c                               [][]byte
	signer                            crypto.Signer
}

// options are what a page hands to the browser.
type options struct {
	Challenge        string `json:"challenge"`
	RPID             string `json:"rpId"`
	RP               struct{ ID, Name string }
	User             struct{ ID, Name, DisplayName string }
	PubKeyCredParams []struct{ Alg int64 }
	ExcludeCreds     []struct{ ID string } `json:"excludeCredentials"`
	Allow            []struct{ ID string } `json:"allowCredentials"`
	UV               string                `json:"userVerification"`
	Attestation      string                `json:"attestation"`
	Selection        struct {
		ResidentKey        string `json:"residentKey"`
		RequireResidentKey bool   `json:"requireResidentKey"`
		UV                 string `json:"userVerification"`
	} `json:"authenticatorSelection"`
}

func readOptions(t testing.TB, challenge json.RawMessage) options {
	t.Helper()
	var o options
	if err := json.Unmarshal(challenge, &o); err != nil {
		t.Fatalf("options: %v\n%s", err, challenge)
	}
	return o
}

func or[T comparable](given, truth T) T {
	var zero T
	if given == zero {
		return truth
	}
	return given
}

func (d *device) clientData(l lie, typ, challenge string) []byte {
	data := map[string]any{"type": or(l.typ, typ), "challenge": or(l.challenge, challenge), "origin": or(l.origin, home), "crossOrigin": l.cross}
	if l.topOrigin != "" {
		data["topOrigin"] = l.topOrigin
	}
	b, err := json.Marshal(data)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *device) authData(l lie, rpID string, flags byte) []byte {
	hash := sha256.Sum256([]byte(or(l.rpID, rpID)))
	count := d.count
	if l.count != nil {
		count = *l.count
	}
	b := append(hash[:], (flags|d.flags|l.set)&^l.clear)
	return binary.BigEndian.AppendUint32(b, count)
}

func (d *device) sign(l lie, data []byte) []byte {
	signer := d.key
	if l.signer != nil {
		signer = l.signer
	}
	var sig []byte
	var err error
	if _, ed := signer.(ed25519.PrivateKey); ed {
		sig, err = signer.Sign(rand.Reader, data, crypto.Hash(0))
	} else {
		sum := sha256.Sum256(data)
		sig, err = signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if l.flip {
		sig[len(sig)-1] ^= 1
	}
	return sig
}

// get answers a request with an assertion, as toJSON writes it.
func (d *device) get(challenge json.RawMessage, l lie) string {
	d.t.Helper()
	o := readOptions(d.t, challenge)
	client, auth := d.clientData(l, "webauthn.get", o.Challenge), d.authData(l, o.RPID, 0)
	sum := sha256.Sum256(client)
	response := map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(d.sign(l, append(bytes.Clone(auth), sum[:]...))),
	}
	if handle := d.user; !l.noHandle {
		if l.handle != nil {
			handle = l.handle
		}
		response["userHandle"] = b64(handle)
	}
	return d.answer(l, response)
}

// create answers a request with a new passkey.
func (d *device) create(challenge json.RawMessage, l lie) string {
	d.t.Helper()
	o := readOptions(d.t, challenge)
	d.user = unb64(d.t, o.User.ID)
	client, auth := d.clientData(l, "webauthn.create", o.Challenge), d.authData(l, o.RP.ID, at)
	auth = append(auth, d.aaguid[:]...)
	id := d.id
	if l.id != nil {
		id = l.id
	}
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(id))) // #nosec G115 -- of a test
	auth = append(append(append(auth, id...), d.cose(l)...), l.trailing...)
	sum := sha256.Sum256(client)
	statement := cborMap()
	switch l.format {
	case "packed", "packed-x5c":
		sig := d.sign(l, append(bytes.Clone(auth), sum[:]...))
		pairs := [][2][]byte{{cborText("alg"), cborInt(d.alg())}, {cborText("sig"), cborBytes(sig)}}
		if l.x5c != nil {
			pairs = append(pairs, [2][]byte{cborText("x5c"), cborArray(l.x5c)})
		}
		statement = cborMap(pairs...)
	}
	format := map[string]string{"": "none", "packed-x5c": "packed"}[l.format]
	object := cborMap([2][]byte{cborText("fmt"), cborText(or(format, l.format))}, [2][]byte{cborText("attStmt"), statement}, [2][]byte{cborText("authData"), cborBytes(auth)})
	return d.answer(l, map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object), "transports": []string{"internal"}})
}

func (d *device) answer(l lie, response map[string]any) string {
	id := d.id
	if l.id != nil {
		id = l.id
	}
	b, err := json.Marshal(map[string]any{
		"id": b64(id), "rawId": b64(id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
		"authenticatorAttachment": "platform",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

func (d *device) alg() int64 {
	if _, ed := d.key.(ed25519.PrivateKey); ed {
		return -8
	}
	return -7
}

// cose is the public key (RFC 9053).
func (d *device) cose(l lie) []byte {
	alg := or(l.alg, d.alg())
	if key, ed := d.key.(ed25519.PrivateKey); ed {
		public, _ := key.Public().(ed25519.PublicKey)
		return cborMap([2][]byte{cborInt(1), cborInt(1)}, [2][]byte{cborInt(3), cborInt(alg)}, [2][]byte{cborInt(-1), cborInt(6)}, [2][]byte{cborInt(-2), cborBytes(public)})
	}
	key, _ := d.key.(*ecdsa.PrivateKey)
	point, err := key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	x, y := point[1:33], bytes.Clone(point[33:])
	if l.curve {
		y[31] ^= 1
	}
	return cborMap([2][]byte{cborInt(1), cborInt(2)}, [2][]byte{cborInt(3), cborInt(alg)}, [2][]byte{cborInt(-1), cborInt(1)},
		[2][]byte{cborInt(-2), cborBytes(x)}, [2][]byte{cborInt(-3), cborBytes(y)})
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// As much of CBOR (RFC 8949) as an authenticator writes.

func cborHead(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	}
	return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n)) // #nosec G115 -- of a test
}

func cborInt(n int64) []byte {
	if n < 0 {
		return cborHead(1, uint64(-1-n)) // #nosec G115 -- not negative
	}
	return cborHead(0, uint64(n))
}

func cborBytes(b []byte) []byte { return append(cborHead(2, uint64(len(b))), b...) }
func cborText(s string) []byte  { return append(cborHead(3, uint64(len(s))), s...) }

func cborArray(all [][]byte) []byte {
	out := cborHead(4, uint64(len(all)))
	for _, one := range all {
		out = append(out, cborBytes(one)...)
	}
	return out
}

func cborMap(pairs ...[2][]byte) []byte {
	out := cborHead(5, uint64(len(pairs)))
	for _, p := range pairs {
		out = append(append(out, p[0]...), p[1]...)
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
