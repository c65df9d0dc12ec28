package redirecturi

import (
	"errors"
	"strings"
	"testing"
)

// registrations are URIs with why they cannot be registered, or nil.
var registrations = map[string]error{
	"https://app.example/cb":                   nil,
	"https://app.example":                      nil,
	"https://app.example?x=1":                  nil,
	"https://app.example/cb?x=1&y=%2F%2f+a":    nil, // RD-11: odd but legal
	"https://app.example:8443/a//b;c=1/%C3%A9": nil,
	"https://xn--bcher-kva.example/cb":         nil,
	"https://192.0.2.1/cb":                     nil,
	"https://[2001:db8::1]:8443/cb":            nil,
	"https://localhost/cb":                     nil,
	"http://127.0.0.1/cb":                      nil,
	"http://127.0.0.1:33418/":                  nil,
	"http://[::1]:8080":                        nil,
	"http://localhost:3118/callback?x=y":       nil,
	"com.example.app:/cb":                      nil, // RD-10
	"com.example.app://host/cb":                nil,
	"com.example.app:///cb":                    nil,
	"cursor://anysphere.cursor-mcp/oauth/cb":   nil,

	"": ErrLength,
	"https://app.example/" + strings.Repeat("a", MaxLength): ErrLength,    // RED17
	"http://app.example/cb":                                 ErrPlainHTTP, // RD-08
	"http://127.0.0.1.evil/cb":                              ErrPlainHTTP, // RED10
	"http://localhost.evil/":                                ErrPlainHTTP,
	"http://LOCALHOST/":                                     ErrPlainHTTP,
	"http://0.0.0.0/cb":                                     ErrPlainHTTP, // RD-05
	"http://127.1/cb":                                       ErrPlainHTTP,
	"http://127.0.0.2/cb":                                   ErrPlainHTTP,
	"http://[fe80::1]/cb":                                   ErrPlainHTTP, // RED11
	"http://[::1]evil/cb":                                   ErrPlainHTTP,
	"http://[::1/cb":                                        ErrPlainHTTP,
	"http://127.0.0.1:80@evil/":                             ErrUserinfo,
	"https://app.example@evil/cb":                           ErrUserinfo, // RED03
	"https://app.example:x@evil/cb":                         ErrUserinfo,
	`https://evil\@app.example/cb`:                          ErrCharacter,
	`https:/\evil`:                                          ErrCharacter, // RED04
	`https:\\evil`:                                          ErrCharacter,
	"///evil/cb":                                            ErrRelative,
	"https:evil":                                            ErrRelative,
	"//app.example/cb":                                      ErrRelative,
	"https:/app.example/cb":                                 ErrHost,
	"https:///cb":                                           ErrHost,
	" https://app.example/cb":                               ErrCharacter, // RED05
	"https://app.example/c\tb":                              ErrCharacter,
	"https://app.example/cb\n":                              ErrCharacter,
	"https://app.example/c\x00b":                            ErrCharacter,
	"https://app.example/\xc0\xaf":                          ErrCharacter, // RED06
	"https://app.example／cb":                                ErrCharacter,
	"https://аpp.example/cb":                                ErrCharacter,
	"https://app.example/%":                                 ErrCharacter,
	"https://app.example/%4g":                               ErrCharacter,
	"https://app.example%2eevil/cb":                         ErrHost, // RED02
	"https://app.example./cb":                               ErrHost,
	"https://.example/cb":                                   ErrHost,
	"https://a..example/cb":                                 ErrHost,
	"https://app.example:/cb":                               ErrHost,
	"https://app.example:0/cb":                              ErrHost,
	"https://app.example:065/cb":                            ErrHost,
	"https://app.example:65536/cb":                          ErrHost,
	"https://:443/cb":                                       ErrHost,
	"https://127.1/cb":                                      ErrHost,
	"https://0x7f000001/cb":                                 ErrHost,
	"https://0x/cb":                                         ErrHost,
	"https://a.09/cb":                                       ErrHost,
	"https://[::1/cb":                                       ErrHost,
	"https://[::1]evil/cb":                                  ErrHost,
	"https://[fe80::1%25eth0]/cb":                           ErrHost,
	"https://" + strings.Repeat("a.", 130) + "example/":     ErrHost,
	"https://app.example/[x]":                               ErrCharacter,
	"https://*.example/cb":                                  ErrWildcard, // RD-01
	"https://app.example/*":                                 ErrWildcard,
	"https://app.example/cb?x=*":                            ErrWildcard,
	"https://app.example/cb#":                               ErrFragment, // RED13
	"https://app.example/cb#x":                              ErrFragment,
	"https://app.example/cb/../evil":                        ErrPath, // RED07
	"https://app.example/x/..;/cb":                          ErrPath,
	"https://app.example/%2e%2E/cb":                         ErrPath,
	"https://app.example/cb/.":                              ErrPath,
	"HTTPS://app.example/cb":                                ErrRelative,
	"https%253A%252F%252Fapp.example%252F":                  ErrRelative, // RED12
	"javascript:alert(1)":                                   ErrScheme,   // RED08
	"JavaScript://x/%0aalert(1)":                            ErrScheme,   // never, even if listed
	"data:text/html,x":                                      ErrScheme,
	"vbscript:x":                                            ErrScheme,
	"file:///etc/passwd":                                    ErrScheme,
	"blob:https://app.example/x":                            ErrScheme,
	"about:blank":                                           ErrScheme,
	"mailto:a@b.example":                                    ErrScheme,
	"tel:1":                                                 ErrScheme,
	"urn:ietf:wg:oauth:2.0:oob":                             ErrScheme,
	"myapp:/cb":                                             ErrPrivateScheme,
	"windsurf://h/cb":                                       ErrPrivateScheme,
	"com.:/cb":                                              ErrPrivateScheme,
	"com..app:/cb":                                          ErrPrivateScheme,
	"com.example.app:cb":                                    ErrRelative,
	"com.example.app:":                                      ErrRelative,
	"com.example.app://":                                    ErrSpelling,
	"com.example.app://u@h/cb":                              ErrUserinfo,
	"9com.example:/cb":                                      ErrRelative,
}

// RD-08 to RD-11 and threats RED02 to RED08, RED10 to RED13, RED17.
func TestRD09_Registration(t *testing.T) {
	agents := Options{Schemes: []string{"cursor", "vscode", "javascript"}}
	for uri, want := range registrations {
		err := CheckRegistration(uri, agents)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", uri, err, want)
		}
		if err != nil && uri != "" && strings.Contains(err.Error(), uri) {
			t.Errorf("%q is echoed", uri)
		}
		// At use, nothing that is wrong in itself matches even where it is stored.
		if _, ok := Match([]string{uri}, uri, true); ok != (want == nil || errors.Is(want, ErrPrivateScheme)) {
			t.Errorf("%q, stored: %v", uri, ok)
		}
		if _, ok := agents.Match([]string{uri}, uri, true); ok != (want == nil) {
			t.Errorf("%q, stored, with options: %v", uri, ok)
		}
	}
	if err := CheckRegistration("cursor://h/cb", Options{}); !errors.Is(err, ErrPrivateScheme) {
		t.Errorf("a scheme without a period by default: %v", err)
	}
}

func TestD09_NativeIfAllAreLoopbackOrPrivate(t *testing.T) {
	for want, lists := range map[bool][][]string{
		true: {
			{"http://localhost/cb"}, {"com.example.app:/cb"}, {"cursor://h/cb", "http://[::1]/", "http://127.0.0.1:1/"},
		},
		false: {
			nil, {"https://app.example/cb"}, {"http://localhost/cb", "https://app.example/cb"},
			{"http://app.example/cb"}, {"javascript:x"}, {""},
		},
	} {
		for _, uris := range lists {
			if Native(uris) != want {
				t.Errorf("%q: want %v", uris, want)
			}
		}
	}
	if !IsLoopback("http://localhost/") || IsLoopback("https://localhost/") || IsLoopback("http://localhost.evil/") ||
		!IsHTTPS("https://app.example/") || IsHTTPS("http://localhost/") || IsHTTPS("https://u@h/") {
		t.Error("a shape is mistaken")
	}
}
