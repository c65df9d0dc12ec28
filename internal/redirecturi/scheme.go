package redirecturi

import "strings"

// neverAllowed lists schemes that a browser or system acts upon by itself: they
// run code, read files, or start something other than the client. No option
// allows them (RFC 9700, section 4.1).
func neverAllowed(scheme string) bool {
	switch scheme {
	case "javascript", "data", "vbscript", "livescript", "mocha", // code
		"file", "filesystem", "blob", "about", "jar", "cid", "mid", // local content
		"view-source", "chrome", "chrome-extension", "moz-extension", "edge", "resource", "res", // browser internals
		"content", "intent", "android-app", "ms-appx", "ms-appx-web", "ms-msdt", "search-ms", // system internals
		"mailto", "tel", "sms", "smsto", "callto", "facetime", "skype", "geo", "market", "urn", // other programs
		"ftp", "ftps", "sftp", "ssh", "telnet", "gopher", "ldap", "ldaps", "ws", "wss",
		"smb", "nfs", "imap", "pop", "news", "nntp", "irc", "rtsp", "magnet": // other protocols
		return true
	}
	return false
}

// schemeShaped is RFC 3986, section 3.1, in lower case alone.
func schemeShaped(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// reverseDomain reports whether a scheme is named like a domain, reversed
// (RFC 8252, section 7.1): at least two labels.
func reverseDomain(scheme string) bool {
	n := 0
	for label := range strings.SplitSeq(scheme, ".") {
		if !labelShaped(label) {
			return false
		}
		n++
	}
	return n >= 2
}
