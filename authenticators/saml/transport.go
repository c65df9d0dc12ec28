package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"

	"github.com/beevik/etree"

	"github.com/keywright/keywright/core"
)

// maxRelayState is the limit of SAML-B sections 3.4.3 and 3.5.3, in bytes.
const maxRelayState = 80

var folding = strings.NewReplacer("\r", "", "\n", "", "\t", "", " ", "")

// decodePosted reads a message of the POST binding (SAML-B section 3.5.4). Lines
// may be folded, as MIME does.
func decodePosted(value string) ([]byte, error) {
	if len(value) > 2*core.MaxReturnBytes {
		return nil, refuse(reasonSize, "%d bytes", len(value))
	}
	b, err := base64.StdEncoding.Strict().DecodeString(folding.Replace(value))
	if err != nil || len(b) == 0 {
		return nil, refuse(reasonMalformed, "not base64")
	}
	if len(b) > core.MaxReturnBytes {
		return nil, refuse(reasonSize, "%d bytes", len(b))
	}
	return b, nil
}

// inflate reads a message of the redirect binding (SAML-B section 3.4.4.1), no
// further than a message may be long (SM-22).
func inflate(value string) ([]byte, error) {
	packed, err := decodePosted(value)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), core.MaxReturnBytes+1))
	if err != nil {
		return nil, refuse(reasonMalformed, "not deflated")
	}
	if len(b) > core.MaxReturnBytes {
		return nil, refuse(reasonSize, "inflates to more than %d bytes", core.MaxReturnBytes)
	}
	return b, nil
}

func deflate(b []byte) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), err
}

// outgoing is a message that a browser takes to the identity provider.
type outgoing struct {
	name       string // "SAMLRequest" or "SAMLResponse"
	to         endpoint
	element    *etree.Element
	relayState string
}

// redirect is the URL of the redirect binding, signed where there is a key: over
// the query as it is sent (SAML-B section 3.4.4.1).
func (o outgoing) redirect(by *keyPair) (string, error) {
	b, err := written(o.element)
	if err != nil {
		return "", err
	}
	packed, err := deflate(b)
	if err != nil {
		return "", err
	}
	query := o.name + "=" + url.QueryEscape(packed)
	if o.relayState != "" {
		query += "&RelayState=" + url.QueryEscape(o.relayState)
	}
	if by != nil {
		if query, err = by.signQuery(query); err != nil {
			return "", err
		}
	}
	to := o.to.location
	if strings.Contains(to, "?") {
		return to + "&" + query, nil
	}
	return to + "?" + query, nil
}

// post is the form of the POST binding, signed inside where there is a key.
func (o outgoing) post(by *keyPair) (core.AutoPost, error) {
	e := o.element
	if by != nil {
		if err := by.signElement(e); err != nil {
			return core.AutoPost{}, err
		}
	}
	b, err := written(e)
	if err != nil {
		return core.AutoPost{}, err
	}
	post := core.AutoPost{URL: o.to.location, Fields: [][2]string{{o.name, base64.StdEncoding.EncodeToString(b)}}}
	if o.relayState != "" {
		post.Fields = append(post.Fields, [2]string{"RelayState", o.relayState})
	}
	return post, nil
}

// written is an element as a document. Every value in it is escaped by etree.
func written(e *etree.Element) ([]byte, error) {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	return doc.WriteToBytes()
}

// rawQuery is the signed part of a query, byte for byte as it came (SM-21).
type rawQuery map[string]string

// splitQuery takes a query apart without decoding it. A name that stands twice is
// refused: one of them would be signed and the other one read.
func splitQuery(raw string) (rawQuery, error) {
	q := rawQuery{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || plain != name {
			return nil, refuse(reasonMalformed, "a parameter whose name is escaped")
		}
		if _, twice := q[name]; twice {
			return nil, refuse(reasonMalformed, "a parameter that stands twice")
		}
		q[name] = value
	}
	return q, nil
}

// value is what a parameter says.
func (q rawQuery) value(name string) (string, error) {
	v, err := url.QueryUnescape(q[name])
	if err != nil {
		return "", refuse(reasonMalformed, "a parameter that cannot be read")
	}
	return v, nil
}

// signed is what the signature is over, in the order of the binding.
func (q rawQuery) signed(message string) (string, error) {
	if q["Signature"] == "" || q["SigAlg"] == "" {
		return "", &refusal{reasonUnsigned, errors.New("no signature in the query")}
	}
	s := message + "=" + q[message]
	if relay, ok := q["RelayState"]; ok {
		s += "&RelayState=" + relay
	}
	return s + "&SigAlg=" + q["SigAlg"], nil
}
