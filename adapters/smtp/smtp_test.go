package smtp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	server "github.com/emersion/go-smtp"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/smtp"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

var _ core.Mailer = (*smtp.Mailer)(nil)

var letter = core.Mail{To: "mara@example.com", Subject: "482 913 – Ihr Code", Text: "Grüße\n\n482 913\n", HTML: "<p>Grüße <b>482 913</b></p>"}

func TestARealConversation(t *testing.T) {
	for name, c := range map[string]struct {
		mode   mode
		o      smtp.Options
		secure bool
	}{
		"STARTTLS":               {mode{starttls: true}, smtp.Options{}, true},
		"STARTTLS with password": {mode{starttls: true, auth: true}, smtp.Options{Username: "id", Password: "right"}, true},
		"TLS first":              {mode{implicit: true}, smtp.Options{Security: smtp.Implicit}, true},
		"TLS first, password":    {mode{implicit: true, auth: true}, smtp.Options{Security: smtp.Implicit, Username: "id", Password: "right"}, true},
		"in the clear":           {mode{}, smtp.Options{Security: smtp.None}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelay(t, c.mode)
			if err := r.mailer(c.o).Send(t.Context(), "0194f2c1", letter); err != nil {
				t.Fatal(err)
			}
			if len(r.taken) != 1 {
				t.Fatalf("%d messages", len(r.taken))
			}
			got := r.taken[0]
			if got.from != "id@example.com" || len(got.to) != 1 || got.to[0] != letter.To || got.secure != c.secure || got.as != c.o.Username {
				t.Errorf("%+v", got)
			}
			read(t, got.text)
		})
	}
}

// read reads a message as a mail program does.
func read(t *testing.T, text string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"From": `"Hafen" <id@example.com>`, "To": "<mara@example.com>", "Message-Id": "<0194f2c1@example.com>",
		"Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := m.Header.Date(); err != nil {
		t.Errorf("date: %v", err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%q, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct{ kind, text string }{{"text/plain; charset=UTF-8", letter.Text}, {"text/html; charset=UTF-8", letter.HTML}} {
		p, err := parts.NextPart() // it decodes quoted-printable
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if got := strings.ReplaceAll(string(b), "\r\n", "\n"); err != nil || strings.TrimSpace(got) != strings.TrimSpace(want.text) || p.Header.Get("Content-Type") != want.kind {
			t.Errorf("%s: %q, %v", p.Header.Get("Content-Type"), got, err)
		}
	}
}

func TestNothingIsSentInTheClearWithoutBeingAsked(t *testing.T) {
	r := newRelay(t, mode{}) // offers no STARTTLS
	for _, o := range []smtp.Options{{}, {Username: "id", Password: "right"}, {Security: smtp.Implicit}} {
		if err := r.mailer(o).Send(t.Context(), "1", letter); err == nil {
			t.Errorf("%+v: sent", o)
		}
	}
	if len(r.taken) > 0 {
		t.Error("a message went through")
	}
}

func TestAnotherServersCertificateIsRefused(t *testing.T) {
	r := newRelay(t, mode{starttls: true})
	_, r.roots = certify(t)
	if err := r.mailer(smtp.Options{}).Send(t.Context(), "1", letter); err == nil || len(r.taken) > 0 {
		t.Errorf("sent: %v", err)
	}
}

func TestAWrongPasswordIsAnErrorWithoutIt(t *testing.T) {
	r := newRelay(t, mode{starttls: true, auth: true})
	err := r.mailer(smtp.Options{Username: "id", Password: "hunter2-and-more"}).Send(t.Context(), "1", letter)
	if err == nil || strings.Contains(err.Error(), "hunter2") || len(r.taken) > 0 {
		t.Errorf("%v", err)
	}
	o := smtp.Options{Password: "hunter2-and-more"}
	if said := fmt.Sprintf("%v %+v %#v %s", o, o, o, o.Password); strings.Contains(said, "hunter2") {
		t.Errorf("printed: %s", said)
	}
}

func TestHeadersCannotBeAddedTo(t *testing.T) {
	r := newRelay(t, mode{starttls: true})
	m := r.mailer(smtp.Options{})
	for _, to := range []string{
		"", "mara", "mara@example.com\r\nBcc: eve@example.com", "mara@example.com, eve@example.com", "Mara <mara@example.com>",
		"mara@example.com>\r\nRCPT TO:<eve@example.com", "\"mara\r\n\"@example.com",
	} {
		hostile := letter
		hostile.To = to
		if err := m.Send(t.Context(), "1", hostile); err == nil {
			t.Errorf("sent to %q", to)
		}
	}
	hostile := letter
	hostile.Subject = "Hello\r\nBcc: eve@example.com\r\n\r\nbody"
	hostile.Text = "one\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"
	if err := m.Send(t.Context(), "1>\r\nBcc: eve@example.com", hostile); err != nil {
		t.Fatal(err)
	}
	if len(r.taken) != 1 || len(r.taken[0].to) != 1 {
		t.Fatalf("%d messages taken", len(r.taken))
	}
	read, err := mail.ReadMessage(strings.NewReader(r.taken[0].text))
	if err != nil || read.Header.Get("Bcc") != "" || read.Header.Get("Message-Id") != "<1---Bcc--eve-example-com@example.com>" {
		t.Errorf("%v, %v", read.Header, err)
	}
}

func TestWhatTheServerRefusesIsAnError(t *testing.T) {
	r := newRelay(t, mode{starttls: true})
	r.refuse = &server.SMTPError{Code: 550, EnhancedCode: server.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	if err := r.mailer(smtp.Options{}).Send(t.Context(), "1", letter); err == nil || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("%v", err)
	}
}

// A server that takes the connection and says nothing holds nobody for long.
func TestASilentServerIsLeft(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m, err := smtp.New(smtp.Options{Server: l.Addr().String(), From: "id@example.com", Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), "1", letter); err == nil {
		t.Error("sent")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Send(gone, "1", letter); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left: %v", err)
	}
}

func TestACallerThatLeavesIsNotHeld(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m, err := smtp.New(smtp.Options{Server: l.Addr().String(), From: "id@example.com", Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	leaving, leave := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil {
			defer c.Close()
		}
		leave() // once connected, while the greeting is waited for
		<-t.Context().Done()
	}()
	if err := m.Send(leaving, "1", letter); err == nil {
		t.Error("sent")
	}
}

func TestOptionsSayWhatIsWrong(t *testing.T) {
	for want, o := range map[string]smtp.Options{
		"give host:port":             {Server: "mail.example.com", From: "id@example.com"},
		"is not one":                 {Server: "mail.example.com:no", From: "id@example.com"},
		"give an address":            {Server: "mail.example.com:587", From: "id"},
		"not sent in the clear":      {Server: "127.0.0.1:25", From: "id@example.com", Security: smtp.None, Username: "id", Password: "x"},
		"both Username and Password": {Server: "mail.example.com:587", From: "id@example.com", Username: "id"},
		"give StartTLS":              {Server: "mail.example.com:587", From: "id@example.com", Security: 7},
		"Timeout":                    {Server: "mail.example.com:587", From: "id@example.com", Timeout: -1},
	} {
		if _, err := smtp.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}

func TestFromURL(t *testing.T) {
	for given, want := range map[string]smtp.Options{
		"smtp://mail.example.com":                         {Server: "mail.example.com:587"},
		"smtps://id%40example.com:p%2Fw@mail.example.com": {Server: "mail.example.com:465", Security: smtp.Implicit, Username: "id@example.com", Password: "p/w"},
		"smtp+plain://[::1]:2525/":                        {Server: "[::1]:2525", Security: smtp.None},
	} {
		want.From = "id@example.com"
		got, err := smtp.FromURL(given, "id@example.com")
		if err != nil || got.Server != want.Server || got.Security != want.Security || got.Username != want.Username || got.Password != want.Password || got.From != want.From {
			t.Errorf("%s: %+v, %v", given, got, err)
		}
	}
	for _, given := range []string{"", "mail.example.com:587", "https://mail.example.com", "smtp://", "smtp://h/x", "smtp://h?tls=no", "smtp://u:secret word@h:x"} {
		if _, err := smtp.FromURL(given, "id@example.com"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", given, err)
		}
	}
}

// The whole way: a person asks for a letter, the letter goes over SMTP, and what it
// says signs in.
func TestALetterOverSMTPSignsIn(t *testing.T) {
	r := newRelay(t, mode{starttls: true, auth: true})
	r.arrived = make(chan string, 4)
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Mailer = r.mailer(smtp.Options{Username: "id", Password: "right"})
		c.Authenticators = append(c.Authenticators, emailcode.New(emailcode.Options{}))
	}))
	app := p.Client(clientreg.Seed{FirstParty: true})
	b := p.Person("mara@example.com", "lantern orbit velvet cascade").Browser()
	b.Open(app.Authorize("openid").URL)
	b.Submit("ways", nil, "way="+emailcode.Method)
	b.Submit("emailcode", map[string]string{"email": "mara@example.com"})
	m, err := mail.ReadMessage(strings.NewReader(<-r.arrived))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	code, _, ok := strings.Cut(subject, " is your code")
	if err != nil || !ok {
		t.Fatalf("%q, %v", subject, err)
	}
	if at := b.Submit("code-form", map[string]string{"code": code}); at.Answer("code") == "" {
		t.Errorf("at %q: %s", at.Page(), at.Heading())
	}
}
