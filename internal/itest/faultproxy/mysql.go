package faultproxy

import (
	"bytes"
	"encoding/binary"
	"io"
)

// mysqlWire is the protocol of MySQL and MariaDB: packets of a length of three
// bytes, a number, and a body. In the server's greeting the proxy takes back what
// would make answers harder to tell apart, so that each list ends with EOF.
type mysqlWire struct{}

// What the server may not offer: LOCAL INFILE, compression (two kinds), TLS,
// optional column definitions, and results without EOF.
const notOffered = 1<<7 | 1<<5 | 1<<26 | 1<<11 | 1<<25 | 1<<24

// Commands that are told apart. Those not named here are answered with one OK
// or ERR.
const (
	comQuit      = 0x01
	comQuery     = 0x03
	comPrepare   = 0x16
	comExecute   = 0x17
	comLongData  = 0x18
	comStmtClose = 0x19
	comFetch     = 0x1c
)

// First bytes of the body of an answer.
const (
	packetOK  = 0x00
	packetEOF = 0xfe
	packetERR = 0xff
)

// moreResults in the server's status says that another answer follows.
const moreResults = 0x0008

// maxPacket is the length of a packet that the next one continues.
const maxPacket = 1<<24 - 1

// mysqlPackets reads one body with its headers, however many packets it takes.
func mysqlPackets(r io.Reader) ([]byte, error) {
	var raw []byte
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, err
		}
		length := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, err
		}
		if raw = append(append(raw, head...), body...); length < maxPacket {
			return raw, nil
		}
	}
}

// body of a packet; of one without any, a byte that means nothing.
func body(raw []byte) []byte {
	if len(raw) <= 4 {
		return []byte{comQuit - 1}
	}
	return raw[4:]
}

// open passes on the greeting and what client and server say until the server
// says OK.
func (w mysqlWire) open(l *link) bool {
	greeting, err := mysqlPackets(l.fromServer)
	if err != nil {
		return false
	}
	failed := body(greeting)[0] == packetERR // too many connections, for one
	if !failed {
		takeBack(greeting)
	}
	if !l.toClient(greeting) || failed {
		return false
	}
	for {
		said, err := mysqlPackets(l.fromClient)
		if err != nil || !l.toServer(said) {
			return false
		}
		reply, err := mysqlPackets(l.fromServer)
		if err != nil || !l.toClient(reply) {
			return false
		}
		if fastAuthenticated(reply) { // an OK follows of itself
			if reply, err = mysqlPackets(l.fromServer); err != nil || !l.toClient(reply) {
				return false
			}
		}
		switch body(reply)[0] {
		case packetOK:
			return true
		case packetERR:
			return false
		}
	}
}

// fastAuthenticated is what caching_sha2_password says before its OK.
func fastAuthenticated(reply []byte) bool { return bytes.Equal(body(reply), []byte{1, 3}) }

// takeBack clears what is not offered in a greeting: protocol, version up to a
// zero, connection, 8 bytes of the scramble, a zero, the lower flags, charset,
// status, the upper flags, length, 6 zeroes, and MariaDB's own flags.
func takeBack(greeting []byte) {
	version := bytes.IndexByte(greeting[5:], 0)
	low := 5 + version + 1 + 4 + 8 + 1
	if version < 0 || len(greeting) < low+18 {
		return
	}
	lower, upper := greeting[low:low+2], greeting[low+5:low+7]
	flags := uint32(binary.LittleEndian.Uint16(lower)) | uint32(binary.LittleEndian.Uint16(upper))<<16
	flags &^= notOffered
	binary.LittleEndian.PutUint16(lower, uint16(flags&0xffff))
	binary.LittleEndian.PutUint16(upper, uint16(flags>>16))
	clear(greeting[low+14 : low+18])
}

func (w mysqlWire) request(l *link) (request, error) {
	raw, err := mysqlPackets(l.fromClient)
	if err != nil {
		return request{}, err
	}
	b := body(raw)
	q := request{raw: raw, command: b[0]}
	switch b[0] {
	case comQuit:
		q.unanswered, q.last = true, true
	case comStmtClose, comLongData:
		q.unanswered = true
	case comQuery, comPrepare:
		q.sql = string(b[1:])
	case comExecute, comFetch:
		if text, ok := l.statements.Load(statementID(b[1:])); ok {
			q.sql, _ = text.(string)
		}
	}
	return q, nil
}

func statementID(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (mysqlWire) answer(l *link) ([]byte, error) { return mysqlPackets(l.fromServer) }

// ends counts the lists of an answer: columns and rows of a result, parameters
// and columns of a prepared statement.
func (mysqlWire) ends(l *link, q *request, part []byte) bool {
	b := body(part)
	eof := b[0] == packetEOF && len(b) < 9
	switch {
	case b[0] == packetERR:
		return true
	case q.left > 0 && eof:
		q.left--
		return q.left == 0 && (len(b) < 5 || binary.LittleEndian.Uint16(b[3:])&moreResults == 0)
	case q.left > 0:
		return false
	case q.command == comPrepare && b[0] == packetOK && len(b) >= 9:
		l.statements.Store(statementID(b[1:]), q.sql)
		q.left = listsOf(b)
		return q.left == 0
	case (q.command == comQuery || q.command == comExecute) && b[0] != packetOK:
		q.left = 2
		return false
	case q.command == comFetch:
		return eof
	}
	return b[0] != packetOK || !continued(b)
}

// listsOf a prepared statement: its columns and its parameters, where it has any.
func listsOf(b []byte) (n int) {
	for _, count := range [][]byte{b[5:7], b[7:9]} {
		if binary.LittleEndian.Uint16(count) > 0 {
			n++
		}
	}
	return n
}

// continued reads the status of an OK: after the rows changed and the last id.
func continued(b []byte) bool {
	rest := b[1:]
	for range 2 {
		n := lengthOfNumber(rest)
		if len(rest) < n+2 {
			return false
		}
		rest = rest[n:]
	}
	return binary.LittleEndian.Uint16(rest)&moreResults != 0
}

// lengthOfNumber is how many bytes a length-encoded number takes.
func lengthOfNumber(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case 0xfc:
		return 3
	case 0xfd:
		return 4
	case 0xfe:
		return 9
	}
	return 1
}
