package smtp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	server "github.com/emersion/go-smtp"

	"github.com/keywright/keywright/adapters/smtp"
)

// envelope is a message that the server took.
type envelope struct {
	from   string
	to     []string
	secure bool
	as     string // who signed in
	text   string
}

// relay is a real SMTP server on loopback.
type relay struct {
	t       *testing.T
	address string
	roots   *x509.CertPool
	refuse  error // said to every recipient

	arrived chan string // every text, where it is listened to

	mu    sync.Mutex
	taken []envelope
}

type mode struct{ starttls, implicit, auth bool }

func newRelay(t *testing.T, m mode) *relay {
	t.Helper()
	certificate, roots := certify(t)
	r := &relay{t: t, roots: roots}
	s := server.NewServer(server.BackendFunc(func(c *server.Conn) (server.Session, error) { return &session{relay: r, conn: c, auth: m.auth}, nil }))
	s.Domain, s.ErrorLog = "relay.test", quiet{}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if m.starttls {
		s.TLSConfig = config
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = l.Addr().String()
	if m.implicit {
		l = tls.NewListener(l, config)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) }) // ends as the test does
	t.Cleanup(func() { _ = s.Close(); serving.Wait() })
	return r
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type session struct {
	*relay
	conn *server.Conn
	auth bool
	now  envelope
}

func (s *session) Reset()        { s.now = envelope{as: s.now.as} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *server.MailOptions) error {
	if s.auth && s.now.as == "" {
		return server.ErrAuthRequired
	}
	s.now.from = from
	_, s.now.secure = s.conn.TLSConnectionState()
	return nil
}

func (s *session) Rcpt(to string, _ *server.RcptOptions) error {
	s.now.to = append(s.now.to, to)
	return s.refuse
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.now.text = string(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, s.now)
	if s.arrived != nil {
		s.arrived <- s.now.text
	}
	return err
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "id" || password != "right" {
			return server.ErrAuthFailed
		}
		s.now.as = username
		return nil
	}), nil
}

// certify makes a certificate for 127.0.0.1.
func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (r *relay) mailer(o smtp.Options) *smtp.Mailer {
	r.t.Helper()
	o.Server, o.TLS = r.address, &tls.Config{RootCAs: r.roots, MinVersion: tls.VersionTLS12}
	if o.From == "" {
		o.From = "Hafen <id@example.com>"
	}
	m, err := smtp.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}
