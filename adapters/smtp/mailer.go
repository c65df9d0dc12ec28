package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/keywright/keywright/core"
)

// Mailer is a core.Mailer over SMTP. It is safe for use by many goroutines: each
// message has a connection of its own.
type Mailer struct {
	options Options
	host    string
	port    int
	from    *netmail.Address
	domain  string // of from
}

// New checks the options and reports all that is wrong with them. It does not
// connect: a server that is away is met when there is something to send.
func New(o Options) (*Mailer, error) {
	m, err := o.check()
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// Send hands one message to the server. nil says that the server has taken it;
// after any error the same message may be sent again under the same id.
func (m *Mailer) Send(ctx context.Context, id string, letter core.Mail) error {
	msg, err := m.message(id, letter)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.options.Timeout)
	defer cancel()
	client, err := m.client(ctx)
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("smtp: %s: %w", m.options.Server, err)
	}
	return nil
}

// client is made for each message: a connection that waits for the next one is
// closed by servers sooner or later, and then costs a message its first try.
func (m *Mailer) client(sending context.Context) (*mail.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.options.TLS != nil {
		config = m.options.TLS.Clone()
		config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	}
	if config.ServerName == "" {
		config.ServerName = m.host
	}
	timeout := m.options.Timeout
	if ends, ok := sending.Deadline(); ok {
		timeout = max(min(timeout, time.Until(ends)), time.Millisecond)
	}
	options := []mail.Option{
		mail.WithPort(m.port), mail.WithTimeout(timeout), mail.WithHELO(m.options.Hello),
		mail.WithTLSConfig(config), mail.WithoutNoop(),
	}
	switch m.options.Security {
	case Implicit:
		options = append(options, mail.WithSSL())
	case None:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(dialer(sending)))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithDialContextFunc(dialer(sending)))
	}
	if m.options.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(m.options.Username), mail.WithPassword(string(m.options.Password)))
	}
	return mail.NewClient(m.host, options...)
}

// dialer connects, and cuts the conversation off when sending is over. Where TLS
// comes first the library connects by itself, and the timeout alone ends it.
func dialer(sending context.Context) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			context.AfterFunc(sending, func() { _ = c.Close() }) // whoever reads hears of it
		}
		return c, err
	}
}

var errAddress = errors.New("smtp: the address of a letter is not one address")

// message is the letter as it travels.
func (m *Mailer) message(id string, letter core.Mail) (*mail.Msg, error) {
	// One bare address: a list would send the letter, and its code, to others as well.
	to, err := netmail.ParseAddress(letter.To)
	if err != nil || to.Address != letter.To {
		return nil, errAddress
	}
	msg := mail.NewMsg()
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(to)
	msg.Subject(oneLine(letter.Subject))
	msg.SetMessageIDWithValue(messageID(id) + "@" + m.domain)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same, for Exchange
	msg.SetBodyString(mail.TypeTextPlain, letter.Text)
	if letter.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
	}
	return msg, nil
}

// messageID keeps what may stand left of the @ without quotes (RFC 5322 section
// 3.6.4); ids of the provider are made of that alone.
func messageID(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, id)
}

// oneLine has no line break: a subject is one line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }), " ")
}
