package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// lean is one connection that asks and waits, so that the load takes as little
// as it can of a machine that it shares with what it measures: an http.Client
// costs three times as much.
type lean struct {
	host   string
	conn   net.Conn
	in     *bufio.Reader
	out    []byte
	answer []byte
}

func newLean(issuer string) *lean {
	u, err := url.Parse(issuer)
	if err != nil {
		return &lean{} // connecting will say so
	}
	return &lean{host: u.Host}
}

// patience with one answer.
const patience = 30 * time.Second

// ask sends a request and reads its answer. head is lines of further headers,
// each with its end. The body is good until the next call.
func (l *lean) ask(method, path, head string, body []byte) (status int, header http.Header, answer []byte, err error) {
	if l.conn == nil {
		if l.conn, err = net.Dial("tcp", l.host); err != nil {
			return 0, nil, nil, err
		}
		l.in = bufio.NewReader(l.conn)
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if err = l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, nil, err
	}
	l.out = fmt.Appendf(l.out[:0], "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, path, l.host, head)
	if method == http.MethodPost {
		l.out = fmt.Appendf(l.out, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	l.out = append(append(l.out, "\r\n"...), body...)
	if _, err = l.conn.Write(l.out); err != nil {
		return 0, nil, nil, err
	}
	r, err := http.ReadResponse(l.in, &http.Request{Method: method})
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = r.Body.Close() }()
	l.answer = l.answer[:0]
	for err == nil {
		if len(l.answer) == cap(l.answer) {
			l.answer = append(l.answer, make([]byte, 1024)...)[:len(l.answer)]
		}
		var n int
		n, err = r.Body.Read(l.answer[len(l.answer):cap(l.answer)])
		l.answer = l.answer[:len(l.answer)+n]
	}
	if !errors.Is(err, io.EOF) {
		return 0, nil, nil, err
	}
	if r.Close {
		l.close()
	}
	return r.StatusCode, r.Header, l.answer, nil
}

func (l *lean) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
