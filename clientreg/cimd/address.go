package cimd

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/keywright/keywright/core"
)

// address is a client_id whose form is good.
type address struct {
	id   string // byte for byte (CM-09)
	host string // without port, as it is written
	url  *url.URL
}

// parseAddress checks the form of a client_id (section 3 of the draft). Nothing
// is decoded, repaired or written anew: what is checked is what is asked for.
func parseAddress(id string, o *Options) (address, *failure) {
	if len(id) > core.MaxClientID {
		return address{}, fail("url_length", nil)
	}
	if !wellSpelt(id) {
		return address{}, fail("url_characters", nil)
	}
	u, err := url.Parse(id)
	if err != nil {
		return address{}, fail("url", nil)
	}
	a := address{id, u.Hostname(), u}
	switch {
	case !strings.HasPrefix(id, "https://") && !(o.InsecureLoopback && strings.HasPrefix(id, "http://") && isLoopback(a.host)):
		return a, fail("url_scheme", nil)
	case u.User != nil || strings.Contains(u.Host, "@"):
		return a, fail("url_userinfo", nil)
	case strings.Contains(id, "#"):
		return a, fail("url_fragment", nil)
	case !isHost(a.host) && !(o.InsecureLoopback && isLoopback(a.host)):
		return a, fail("url_host", nil)
	case !goodPort(u):
		return a, fail("url_port", nil)
	case u.Path == "" || u.Path == "/" && !o.AllowRoot:
		return a, fail("url_path", nil)
	case !goodPath(u.EscapedPath()):
		return a, fail("url_path", nil)
	case strings.Contains(id, "?") && (!o.AllowQuery || u.RawQuery == ""):
		return a, fail("url_query", nil)
	case u.String() != id:
		return a, fail("url_characters", nil) // another spelling would be asked for
	}
	return a, nil
}

// wellSpelt wants what RFC 3986 lets a URI consist of, with whole escapes.
func wellSpelt(id string) bool {
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return false
		case c == '%':
			if i+2 >= len(id) || !isHex(id[i+1]) || !isHex(id[i+2]) {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// goodPath refuses dot segments, and what some server or cache would decode to
// one (CM-04).
func goodPath(escaped string) bool {
	lower := strings.ToLower(escaped)
	for _, escape := range strings.Split(lower, "%")[1:] { // each has two digits
		n, err := strconv.ParseUint(escape[:2], 16, 8)
		if err != nil || n < ' ' || n == 0x7f || n == '/' || n == '\\' || n == '%' {
			return false
		}
	}
	for segment := range strings.SplitSeq(strings.ReplaceAll(lower, "%2e", "."), "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

func goodPort(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && port[0] != '0'
}

// isHost wants a name in the DNS with at least two labels, A-labels where it is
// international; no address, nor what some resolvers take for one (CM-08).
func isHost(host string) bool {
	labels := strings.Split(host, ".")
	if len(host) > core.MaxDomain || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := strings.ToLower(labels[len(labels)-1])
	return strings.Trim(last, "0123456789") != "" && !(strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "")
}

// isLoopback: this machine by one of its plain names.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback() && addr.Zone() == ""
}
