package ui

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/keywright/keywright/internal/qr"
)

// QR is the page's QR code as a drawing; nil if it has none, or one that says too
// much for a QR code: the page says the same as text.
func (v *view) QR() *qr.Code {
	if v.Page.QR == "" {
		return nil
	}
	c, err := qr.Draw(v.Page.QR)
	if err != nil {
		return nil
	}
	return &c
}

// OTPAuth is the page's QR code as a link, for a generator of codes on the same
// device; "" if it says something else.
func (v *view) OTPAuth() template.URL {
	u, err := url.Parse(v.Page.QR)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		return ""
	}
	return template.URL(u.String()) // #nosec G203 -- written by url.URL, of one scheme that opens nothing on the web
}

// SecretsFile is what the page shows once, as a file to keep: a link that needs
// neither a script nor another request.
func (v *view) SecretsFile() template.URL {
	if len(v.Page.Secrets) == 0 {
		return ""
	}
	text := v.T("recovery_new.file") + "\r\n\r\n" + strings.Join(v.Page.Secrets, "\r\n") + "\r\n"
	return template.URL("data:text/plain;charset=utf-8," + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")) // #nosec G203 -- percent-encoded text
}
