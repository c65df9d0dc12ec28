package faultproxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// postgresWire is the frontend/backend protocol 3: messages of a type byte, a
// length that counts itself, and a body.
type postgresWire struct{}

// Codes in the place of a protocol version.
const (
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssRequest    = 80877104
)

var errTooLong = errors.New("faultproxy: a message of this length is not one")

const maxMessage = 64 << 20

// sized reads a length that counts itself, and the rest after it.
func sized(r io.Reader, before []byte) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head)
	if length < 4 || length > maxMessage {
		return nil, errTooLong
	}
	raw := make([]byte, len(before)+int(length))
	copy(raw, before)
	copy(raw[len(before):], head)
	_, err := io.ReadFull(r, raw[len(before)+4:])
	return raw, err
}

func postgresMessage(r io.ByteReader, rest io.Reader) ([]byte, error) {
	kind, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	return sized(rest, []byte{kind})
}

func (w postgresWire) open(l *link) bool {
	for {
		first, err := sized(l.fromClient, nil)
		if err != nil || len(first) < 8 {
			return false
		}
		switch binary.BigEndian.Uint32(first[4:]) {
		case sslRequest, gssRequest:
			if !l.toClient([]byte("N")) {
				return false
			}
		case cancelRequest:
			if l.toServer(first) {
				_, _ = io.Copy(io.Discard, l.fromServer) // the server hangs up
			}
			return false
		default:
			return l.toServer(first) && w.authenticate(l)
		}
	}
}

// authenticate passes on what client and server say until the server is ready.
func (w postgresWire) authenticate(l *link) bool {
	for {
		said, err := w.answer(l)
		if err != nil || !l.toClient(said) || said[0] == 'E' {
			return false
		}
		switch {
		case said[0] == 'Z':
			return true
		case said[0] == 'R' && len(said) >= 9 && wantsReply(binary.BigEndian.Uint32(said[5:])):
			reply, err := postgresMessage(l.fromClient, l.fromClient)
			if err != nil || !l.toServer(reply) {
				return false
			}
		}
	}
}

// wantsReply says which authentication requests the client answers: a password
// in clear or as MD5, and SASL until its last word.
func wantsReply(code uint32) bool {
	return code == 3 || code == 5 || code == 10 || code == 11
}

// request reads messages up to the one after which the server answers.
func (w postgresWire) request(l *link) (request, error) {
	var q request
	var texts []string
	for {
		m, err := postgresMessage(l.fromClient, l.fromClient)
		if err != nil {
			return q, err
		}
		q.raw = append(q.raw, m...)
		if text := w.learn(l, m); text != "" {
			texts = append(texts, text)
		}
		switch m[0] {
		case 'Q', 'S', 'F': // Query, Sync, FunctionCall: ReadyForQuery follows
			q.sql = strings.Join(texts, "; ")
			return q, nil
		case 'X', 'H', 'd', 'c', 'f': // Terminate, Flush, and what belongs to a COPY
			q.unanswered, q.last = true, m[0] == 'X'
			return q, nil
		}
	}
}

// learn gives the SQL that a message runs, and remembers what it prepares.
func (postgresWire) learn(l *link, m []byte) string {
	fields := bytes.SplitN(m[5:], []byte{0}, 3)
	switch {
	case m[0] == 'Q':
		return string(fields[0])
	case m[0] == 'P' && len(fields) > 1: // Parse: name, text
		l.statements.Store(string(fields[0]), string(fields[1]))
		return string(fields[1])
	case m[0] == 'B' && len(fields) > 1 && len(fields[1]) > 0: // Bind: portal, name; what has none was parsed just now
		text, _ := l.statements.Load(string(fields[1]))
		known, _ := text.(string)
		return known
	}
	return ""
}

func (postgresWire) answer(l *link) ([]byte, error) {
	return postgresMessage(l.fromServer, l.fromServer)
}

// ends: ReadyForQuery is the last of each answer.
func (postgresWire) ends(_ *link, _ *request, part []byte) bool { return part[0] == 'Z' }
