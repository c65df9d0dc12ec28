package redirecturi

import "strings"

// Pair is one parameter of an answer, not yet encoded.
type Pair struct{ Name, Value string }

// AppendQuery appends parameters to a redirect URI that Match returned. An
// existing query is kept byte for byte (OAuth 2.1, section 2.3). Names and
// values are encoded so that both form decoders and plain percent decoders read
// them alike: a space is %20, everything but unreserved characters is encoded,
// and no value can end the parameter or the header it stands in. Without pairs
// the URI is returned unchanged. The URI must not have a fragment.
func AppendQuery(uri string, pairs ...Pair) string {
	if len(pairs) == 0 {
		return uri
	}
	size := len(uri)
	for _, p := range pairs {
		size += 2 + encodedLength(p.Name) + encodedLength(p.Value)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(uri)
	separator := byte('?')
	if _, query, ok := strings.Cut(uri, "?"); ok {
		separator = '&'
		if query == "" || strings.HasSuffix(query, "&") {
			separator = 0
		}
	}
	for _, p := range pairs {
		if separator != 0 {
			b.WriteByte(separator)
		}
		encode(&b, p.Name)
		b.WriteByte('=')
		encode(&b, p.Value)
		separator = '&'
	}
	return b.String()
}

func encode(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
}

func encodedLength(s string) int {
	n := len(s)
	for i := range len(s) {
		if !unreserved(s[i]) {
			n += 2
		}
	}
	return n
}

func unreserved(c byte) bool {
	return alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'
}

// Origin is the web origin of an http or https redirect URI, as a browser
// writes it (RFC 6454, section 6.2): host in lower case, no default port. It is
// empty for a private-use scheme and for what could not be registered.
func Origin(uri string) string {
	p, err := split(uri)
	if err != nil || p.private() {
		return ""
	}
	origin := p.scheme + "://" + strings.ToLower(p.host)
	if p.port == "" || p.scheme == "https" && p.port == "443" || p.scheme == "http" && p.port == "80" {
		return origin
	}
	return origin + ":" + p.port
}
