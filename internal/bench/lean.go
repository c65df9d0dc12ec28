package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"
)

// lean is one connection that asks and waits, so that the load takes as little
// as it can of a machine that it shares with what it measures: an http.Client
// does far more for each request than the load needs.
type lean struct {
	host   string
	conn   net.Conn
	in     *bufio.Reader
	until  time.Time // when patience with the connection ends, renewed now and then
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

// patience with one answer, at least half of it.
const patience = time.Minute

// reply is what the load looks at. The body is good until the next call.
type reply struct {
	status   int
	location string
	body     []byte
}

// ask sends a request and reads its answer. head is lines of further headers,
// each with its end.
func (l *lean) ask(method, path, head string, body []byte) (answer reply, err error) {
	if err = l.connect(); err != nil {
		return reply{}, err
	}
	l.out = append(append(append(l.out[:0], method...), ' '), path...)
	l.out = append(append(append(l.out, " HTTP/1.1\r\nHost: "...), l.host...), "\r\n"...)
	l.out = append(l.out, head...)
	if method == http.MethodPost {
		l.out = append(l.out, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
		l.out = append(strconv.AppendInt(l.out, int64(len(body)), 10), "\r\n"...)
	}
	l.out = append(append(l.out, "\r\n"...), body...)
	if _, err = l.conn.Write(l.out); err == nil {
		answer, err = l.read()
	}
	if err != nil {
		l.close()
	}
	return answer, err
}

func (l *lean) connect() (err error) {
	if l.conn == nil {
		if l.conn, err = net.Dial("tcp", l.host); err != nil {
			return err
		}
		l.in, l.until = bufio.NewReaderSize(l.conn, 16<<10), time.Time{}
	}
	if now := time.Now(); l.until.Sub(now) < patience/2 {
		l.until = now.Add(patience)
		return l.conn.SetDeadline(l.until)
	}
	return nil
}

// read reads one answer as net/http writes it.
func (l *lean) read() (answer reply, err error) {
	line, err := l.in.ReadSlice('\n')
	if err != nil {
		return reply{}, err
	}
	version, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	if answer.status, err = strconv.Atoi(string(code)); err != nil || string(version) != "HTTP/1.1" {
		return reply{}, fmt.Errorf("bench: not the first line of an answer: %q", line)
	}
	length, chunked, last := 0, false, false
	for {
		if line, err = l.in.ReadSlice('\n'); err != nil {
			return reply{}, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		switch name, value, _ := bytes.Cut(line, []byte(": ")); string(name) {
		case "Location":
			answer.location = string(value)
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return reply{}, err
			}
		case "Transfer-Encoding":
			chunked = string(value) == "chunked"
		case "Connection":
			last = string(value) == "close"
		}
	}
	if err = l.readBody(length, chunked); err != nil {
		return reply{}, err
	}
	answer.body = l.answer
	if last {
		l.close()
	}
	return answer, nil
}

func (l *lean) readBody(length int, chunked bool) (err error) {
	if chunked {
		if l.answer, err = io.ReadAll(httputil.NewChunkedReader(l.in)); err != nil {
			return err
		}
		_, err = l.in.ReadSlice('\n') // the end of a trailer without lines
		return err
	}
	if cap(l.answer) < length {
		l.answer = make([]byte, length)
	}
	l.answer = l.answer[:length]
	_, err = io.ReadFull(l.in, l.answer)
	return err
}

// text is a member of a JSON object as this provider writes it: with no space
// around the colon, and a text that needs no escape.
func text(object []byte, name string) (string, error) {
	at := bytes.Index(object, []byte(`"`+name+`":"`))
	if at < 0 {
		return "", fmt.Errorf("bench: no %s in %s", name, object)
	}
	value, _, ok := bytes.Cut(object[at+len(name)+4:], []byte(`"`))
	if !ok || bytes.IndexByte(value, '\\') >= 0 {
		return "", fmt.Errorf("bench: %s is not plain in %s", name, object)
	}
	return string(value), nil
}

func (l *lean) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
