package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// sanitise maps any error to one of this package's and drops its text, which may quote the server. The error of a caller's
// context is kept, since it is the caller's own.
func sanitise(ctx context.Context, err error) error {
	for _, ours := range [...]error{ErrRefused, ErrRedirect, ErrTooLarge, ErrEncoded, ErrCertificate, ErrTimeout, ErrUnreachable} {
		if errors.Is(err, ours) {
			return withContext(ctx, ours)
		}
	}
	if timedOut(err) {
		return withContext(ctx, ErrTimeout)
	}
	if badCertificate(err) {
		return ErrCertificate
	}
	// net/http has no type for this one.
	if strings.Contains(err.Error(), "server response headers exceeded") {
		return ErrTooLarge
	}
	return withContext(ctx, ErrUnreachable)
}

func withContext(ctx context.Context, ours error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%w: %w", ours, cause)
	}
	return ours
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

func badCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		alert        tls.AlertError
		record       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &name) ||
		errors.As(err, &invalid) || errors.As(err, &alert) || errors.As(err, &record)
}
