package oidcsuite_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDS01_DS02_DS04_MA04_DocumentsAreWhole(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		verifyDiscovery(m)
		for _, name := range strings.Fields(`issuer authorization_endpoint token_endpoint jwks_uri response_types_supported
			subject_types_supported id_token_signing_alg_values_supported userinfo_endpoint scopes_supported claims_supported
			token_endpoint_auth_methods_supported grant_types_supported code_challenge_methods_supported
			revocation_endpoint_auth_methods_supported introspection_endpoint_auth_methods_supported`) {
			if m.meta[name] == nil {
				t.Errorf("%s is missing", name)
			}
		}
		for name, want := range map[string]bool{
			"request_uri_parameter_supported": false, "authorization_response_iss_parameter_supported": true,
		} {
			if m.meta[name] != want {
				t.Errorf("DS-04, MA-04: %s is %v", name, m.meta[name])
			}
		}
		if !slices.Contains(m.meta.list("token_endpoint_auth_methods_supported"), "none") {
			t.Error("MA-04: none is not listed although there are public clients")
		}
	})
}

// What is off is not in the document.
func TestDS05_NothingIsAdvertisedThatIsOff(t *testing.T) {
	m := serve(t, withResources(setting{})).begin(t, "")
	for _, name := range []string{
		"registration_endpoint", "pushed_authorization_request_endpoint", "device_authorization_endpoint",
		"client_id_metadata_document_supported", "check_session_iframe", "dpop_signing_alg_values_supported",
		"backchannel_logout_supported", "request_object_signing_alg_values_supported",
	} {
		if value, there := m.meta[name]; there {
			t.Errorf("%s is %v", name, value)
		}
	}
	for _, path := range []string{"/register", "/par", "/device_authorization", "/device"} {
		if a := m.get(m.issuer + path); a.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, a.status)
		}
	}
}

func TestMA01_MA03_OtherPathsHaveNoDocument(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		known := v.places()
		for _, path := range []string{"", "/t1", "/t2", "/t1/", "/t1/more", "/T1", "/%74%31"} {
			for _, place := range []string{
				v.origin() + "/.well-known/oauth-authorization-server" + path,
				v.origin() + "/.well-known/openid-configuration" + path,
				v.origin() + path + "/.well-known/openid-configuration",
				v.origin() + path + "/.well-known/oauth-authorization-server",
			} {
				if slices.Contains(known, place) || strings.Contains(place, "%") && v.path() != "" {
					continue
				}
				if a := m.get(place); a.status != http.StatusNotFound || a.json != nil {
					t.Errorf("%s: %d %s", place, a.status, a.body)
				}
			}
		}
		for _, place := range known {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, place, nil)
			must(t, err)
			r.Host = "other.example" // the issuer never follows the request
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Forwarded-Proto", "gopher")
			if a := m.do(r); a.json != nil && a.json.text("issuer") != v.issuer {
				t.Errorf("DS-03: for another host the issuer is %v", a.json["issuer"])
			}
		}
	})
}

func TestDS03_OneIssuerEverywhere(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		r := m.flow(client1) // iss of answer and ID token against the document
		if r.id.text("iss") != v.issuer || m.meta.text("issuer") != v.issuer || r.landing.url.Query().Get("iss") != v.issuer {
			t.Errorf("iss: %v, %v, %v", r.id["iss"], m.meta["issuer"], r.landing.url)
		}
		a := m.post(m.meta.text("introspection_endpoint"), client1, map[string][]string{"token": {r.tokens.Access}})
		if a.json["active"] != true || a.json.text("iss") != v.issuer {
			t.Errorf("introspection: %s", a.body)
		}
	})
}

func TestDS07_DocumentsAreCacheable(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, place := range append(v.places(), m.meta.text("jwks_uri")) {
			a := m.get(place, "Cookie", "x=y", "Authorization", "Bearer nonsense")
			tag := a.header.Get("ETag")
			if a.status != http.StatusOK || tag == "" || !strings.Contains(a.header.Get("Cache-Control"), "max-age=") {
				t.Errorf("%s: %d %v", place, a.status, a.header)
			}
			if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && a.json == nil || len(a.header["Set-Cookie"]) > 0 {
				t.Errorf("%s: %v", place, a.header)
			}
			if again := m.get(place, "If-None-Match", tag); again.status != http.StatusNotModified || len(again.body) > 0 {
				t.Errorf("%s: again %d %s", place, again.status, again.body)
			}
			v.clock.pass(time.Minute)
			if later := m.get(place); later.header.Get("ETag") != tag {
				t.Errorf("%s: the tag changes by itself", place)
			}
		}
	})
}

// PK-06 is checked with the metadata; here the methods are counted in bytes, as
// clients that compare text would.
func TestPK06_ChallengeMethods(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		for _, place := range v.places() {
			if a := m.get(place); !strings.Contains(string(a.body), `"code_challenge_methods_supported":["S256"]`) {
				t.Errorf("%s: %s", place, a.body)
			}
		}
	})
}
