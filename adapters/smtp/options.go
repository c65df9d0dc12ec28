package smtp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Security says how a connection is encrypted.
type Security int

// The ways. The zero value is good for port 587.
const (
	StartTLS Security = iota // in the clear, then encrypted before anything is said; required
	Implicit                 // encrypted from the first byte: port 465
	None                     // never encrypted: for a server on this machine, or a network of one's own
)

// Password prints nothing of itself.
type Password string

// String says that there is one.
func (Password) String() string { return "[password]" }

// GoString says that there is one.
func (p Password) GoString() string { return p.String() }

// LogValue says that there is one.
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Options for New.
type Options struct {
	// Server is the host and port: "mail.example.com:587".
	Server string
	// Security of the connection; StartTLS if zero.
	Security Security
	// From is who the mail is from: "id@example.com" or "Harbour <id@example.com>".
	From string
	// Username and Password to sign in with; without Username nobody does. What the
	// server offers is used, the strongest first; nothing is said in the clear.
	Username string
	Password Password
	// Timeout of sending one message, from the first byte to the last; 15 s if zero.
	Timeout time.Duration
	// Hello is what this side calls itself in EHLO; the domain of From if empty.
	Hello string
	// TLS is for servers with a certificate of one's own. The server's name and TLS
	// 1.2 as the least are added where they are missing.
	TLS *tls.Config
}

// FromURL reads the server from one setting:
//
//	smtp://user:password@mail.example.com:587   STARTTLS
//	smtps://user:password@mail.example.com:465  TLS first
//	smtp+plain://127.0.0.1:25                   not encrypted
//
// Ports may be left out: 587, 465, 25. In user and password, what means something
// in a URL is percent-encoded.
func FromURL(server, from string) (Options, error) {
	u, err := url.Parse(server)
	if err != nil {
		return Options{}, errors.New("smtp: the server is not a URL") // the cause would quote the password
	}
	o := Options{From: from, Username: u.User.Username()}
	password, _ := u.User.Password()
	o.Password = Password(password)
	port := ""
	switch u.Scheme {
	case "smtp":
		o.Security, port = StartTLS, "587"
	case "smtps":
		o.Security, port = Implicit, "465"
	case "smtp+plain":
		o.Security, port = None, "25"
	default:
		return Options{}, fmt.Errorf("smtp: the server %q: want smtp://, smtps:// or smtp+plain://", u.Redacted())
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Options{}, fmt.Errorf("smtp: the server %q: want a host, and nothing after it", u.Redacted())
	}
	if u.Port() != "" {
		port = u.Port()
	}
	o.Server = net.JoinHostPort(u.Hostname(), port)
	return o, nil
}

// check reports everything wrong with the options, each with its remedy.
func (o Options) check() (m Mailer, err error) {
	var all []error
	host, port, err := net.SplitHostPort(o.Server)
	if err != nil || host == "" {
		all = append(all, fmt.Errorf("smtp: Server %q: give host:port, such as mail.example.com:587", o.Server))
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if host != "" && (err != nil || number == 0) {
		all = append(all, fmt.Errorf("smtp: Server: the port %q is not one", port))
	}
	from, err := mail.ParseAddress(o.From)
	if err != nil {
		all = append(all, fmt.Errorf("smtp: From %q: give an address, such as Harbour <id@example.com>", o.From))
	}
	switch {
	case o.Security < StartTLS || o.Security > None:
		all = append(all, errors.New("smtp: Security: give StartTLS, Implicit or None"))
	case o.Security == None && o.Username != "":
		all = append(all, errors.New("smtp: a password is not sent in the clear: encrypt, or leave Username out"))
	}
	if (o.Username == "") != (o.Password == "") {
		all = append(all, errors.New("smtp: give both Username and Password, or neither"))
	}
	if o.Timeout < 0 {
		all = append(all, errors.New("smtp: Timeout: leave it out, or give more than nothing"))
	}
	if err := errors.Join(all...); err != nil {
		return Mailer{}, err
	}
	m = Mailer{options: o, host: host, port: int(number), from: from, domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:]}
	if m.options.Timeout == 0 {
		m.options.Timeout = 15 * time.Second
	}
	if m.options.Hello == "" {
		m.options.Hello = m.domain
	}
	return m, nil
}
