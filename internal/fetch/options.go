package fetch

import (
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// Options says how strict a Client is. The zero value is the strict one.
type Options struct {
	// MaxBytes is the longest body that is read. Zero means 64 KiB.
	MaxBytes int64
	// Timeout bounds one whole request, from waiting for a free place to the last byte. Zero means 5 seconds.
	Timeout time.Duration
	// Concurrency bounds the requests under way. Zero means 32; at most 4 of them go to one host.
	Concurrency int
	// Ports are the ports an address may name. Empty means 443 alone.
	Ports []uint16
	// Allow names address ranges to be reached although they are not public, such as a company's own network.
	Allow []netip.Prefix
	// Refuse names address ranges not to be reached although they are public, such as the provider's own.
	Refuse []netip.Prefix
	// InsecureAllowLoopback permits this machine itself, at any port and by plain http. For development and tests.
	InsecureAllowLoopback bool
	// EgressProxy, if set, carries every request. Names are then resolved by the proxy, and it has to judge addresses; literal
	// addresses in a URL are still judged here. The environment never names a proxy.
	EgressProxy *url.URL
	// RootCAs are the authorities servers are checked against. Nil means the system's.
	RootCAs *x509.CertPool
	// Resolver answers name lookups. Nil means the system's.
	Resolver *net.Resolver
	// Dialled, if set, hears of each address that was about to be dialled and whether it was permitted; not of the proxy. It must be safe for
	// use by many goroutines.
	Dialled func(addr netip.AddrPort, permitted bool)
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 10
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 32
	}
	if len(o.Ports) == 0 {
		o.Ports = []uint16{443}
	}
	return o
}

// Why a request failed. To a browser they should all look the same; the difference is for the log.
var (
	// ErrRefused: the URL or the address behind it may not be fetched.
	ErrRefused = errors.New("fetch: address not allowed")
	// ErrRedirect: the server answered with a redirect.
	ErrRedirect = errors.New("fetch: redirect not followed")
	// ErrTooLarge: the body is longer than MaxBytes, or the header than 16 KiB.
	ErrTooLarge = errors.New("fetch: answer too large")
	// ErrEncoded: the server sent a compressed body, which was not asked for.
	ErrEncoded = errors.New("fetch: answer is compressed")
	// ErrCertificate: the server's certificate or its TLS is not acceptable.
	ErrCertificate = errors.New("fetch: certificate not accepted")
	// ErrTimeout: it took longer than the Timeout or the caller's deadline.
	ErrTimeout = errors.New("fetch: timed out")
	// ErrUnreachable: no answer, for any other reason.
	ErrUnreachable = errors.New("fetch: no answer")
)
