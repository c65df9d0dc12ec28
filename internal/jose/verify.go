package jose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	gojose "github.com/go-jose/go-jose/v4"
)

// MaxToken is the longest token that is looked at, in bytes (threat JWT12).
const MaxToken = 8 << 10

// Header is what the protected header of a token says. Nothing of it is authenticated until Verify has succeeded, and JWK is
// then still only what the sender claims.
type Header struct {
	Algorithm Algorithm
	KeyID     string
	Type      string
	// JWK is the embedded key as it stood there, or nil. Verify does not use it; DPoP does (RFC 9449 section 4.2).
	JWK json.RawMessage
}

// Verify checks a compact JWS and returns its payload and header. The order is: length, shape, header, typ, algorithm, key,
// signature; the error is one of this package's and names the first that failed.
//
// allowed is what this kind of token may be signed with; an empty list allows nothing. typ lists the accepted values of the
// typ header, compared without case and with or without "application/" (RFC 7515 section 4.1.9); "" accepts a token
// without one. With no typ at all the header is not checked: only for tokens of parties that set none.
//
// Claims are the caller's: use StrictClaims, Times and Audience.
func Verify(token string, keys KeySet, allowed []Algorithm, typ ...string) ([]byte, Header, error) {
	header, payload, err := Peek(token)
	if err != nil {
		return nil, Header{}, err
	}
	if !header.typeIn(typ) {
		return nil, Header{}, ErrType
	}
	if !header.Algorithm.Known() || !slices.Contains(allowed, header.Algorithm) {
		return nil, Header{}, ErrAlgorithm
	}
	key, err := keys.find(header.KeyID, header.Algorithm)
	if err != nil {
		return nil, Header{}, err
	}
	jws, err := gojose.ParseSignedCompact(token, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(header.Algorithm)})
	if err != nil {
		return nil, Header{}, ErrMalformed
	}
	verified, err := jws.Verify(key.Public)
	if err != nil {
		return nil, Header{}, ErrSignature
	}
	if string(verified) != string(payload) { // two parsers must never disagree about what was signed
		return nil, Header{}, ErrMalformed
	}
	return verified, header, nil
}

// Peek reads header and payload WITHOUT checking the signature, under the same limits as Verify. Its only use is to find out whose
// keys to verify with, such as the client that a client assertion says it is from.
func Peek(token string) (Header, []byte, error) {
	if len(token) > MaxToken {
		return Header{}, nil, ErrTooLarge
	}
	if strings.Count(token, ".") != 2 {
		return Header{}, nil, fmt.Errorf("%w: not three segments", ErrMalformed)
	}
	head, rest, _ := strings.Cut(token, ".")
	body, signature, _ := strings.Cut(rest, ".")
	rawHeader, errHead := decodeSegment(head)
	payload, errBody := decodeSegment(body)
	raw, errSignature := decodeSegment(signature)
	if errHead != nil || errBody != nil || errSignature != nil || len(raw) == 0 {
		return Header{}, nil, fmt.Errorf("%w: not base64url", ErrMalformed)
	}
	header, err := parseHeader(rawHeader)
	if err != nil {
		return Header{}, nil, err
	}
	return header, payload, nil
}

func parseHeader(raw []byte) (Header, error) {
	names, err := checkStrict(raw)
	if err != nil {
		return Header{}, err
	}
	for _, name := range [...]string{"crit", "b64", "zip"} {
		if names[name] {
			return Header{}, ErrHeader
		}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return Header{}, ErrMalformed
	}
	var h Header
	var alg string
	if !text(members, "alg", &alg) || !text(members, "kid", &h.KeyID) || !text(members, "typ", &h.Type) {
		return Header{}, fmt.Errorf("%w: a header parameter has the wrong type", ErrMalformed)
	}
	h.Algorithm = Algorithm(alg)
	h.JWK = members["jwk"]
	return h, nil
}

// text reads an optional string. JSON null is not one.
func text(members map[string]json.RawMessage, name string, into *string) bool {
	raw, there := members[name]
	if !there {
		return true
	}
	return raw[0] == '"' && json.Unmarshal(raw, into) == nil
}

func (h Header) typeIn(accepted []string) bool {
	if len(accepted) == 0 {
		return true
	}
	got := mediaType(h.Type)
	return slices.ContainsFunc(accepted, func(want string) bool { return strings.EqualFold(got, mediaType(want)) })
}

func mediaType(typ string) string {
	const prefix = "application/"
	if len(typ) > len(prefix) && strings.EqualFold(typ[:len(prefix)], prefix) {
		return typ[len(prefix):]
	}
	return typ
}
