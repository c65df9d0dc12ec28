package cimd

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// readAuthentication: a document that everybody can read holds no secret, so a
// client proves itself by a key or not at all (CM-22, CM-25). Of a list, the
// stronger counts; a single value binds.
func readAuthentication(m members, a address, c *core.ClientMetadata) *failure {
	const one, several = "token_endpoint_auth_method", "token_endpoint_auth_methods_supported"
	method, failed := m.text(one)
	if failed != nil {
		return failed
	}
	list, failed := m.list(several)
	if failed != nil {
		return failed
	}
	switch core.AuthMethod(method) {
	case "", core.AuthNone, core.AuthPrivateKeyJWT:
	default:
		return fail(one, nil)
	}
	switch {
	case slices.Contains(list, string(core.AuthPrivateKeyJWT)) || list == nil && method == string(core.AuthPrivateKeyJWT):
		c.AuthMethod = core.AuthPrivateKeyJWT
	case slices.Contains(list, string(core.AuthNone)) || list == nil:
		c.AuthMethod = core.AuthNone
	default:
		return fail(several, nil)
	}
	return readKeys(m, a, c)
}

// besides says that keys are on this machine by http as the document itself is,
// which parseAddress allows while developing alone (CM-13).
func (a address) besides(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "http" && u.User == nil && len(uri) <= core.MaxClientID &&
		strings.HasPrefix(a.id, "http://") && isLoopback(u.Hostname())
}

// readKeys wants public keys from one place, where they are needed.
func readKeys(m members, a address, c *core.ClientMetadata) *failure {
	uri, failed := m.text("jwks_uri")
	if failed != nil || uri != "" && (!isHTTPS(uri) && !a.besides(uri) || strings.Contains(uri, "#")) {
		return fail("jwks_uri", nil)
	}
	raw, there := m["jwks"]
	if there {
		set, err := jose.ParseKeySet(raw)
		switch {
		case errors.Is(err, jose.ErrPrivateKey):
			return fail("jwks_private", err) // CM-23
		case err != nil || set.Len() == 0:
			return fail("jwks", err)
		}
		var short bytes.Buffer
		if json.Compact(&short, raw) != nil {
			return fail("jwks", nil)
		}
		c.Keys = short.Bytes()
	}
	switch {
	case there && uri != "":
		return fail("jwks_uri", nil)
	case c.AuthMethod == core.AuthPrivateKeyJWT && !there && uri == "":
		return fail("jwks", nil)
	}
	c.KeysURI = uri
	return nil
}
