package clientreg

import (
	"slices"

	"github.com/keywright/keywright/core"
)

// The kinds of applications that a preset can be of, for Seed.Preset.
const (
	// PresetWeb is an application with a server, which keeps a secret or a key.
	PresetWeb = "web"
	// PresetSinglePage is one that runs in the browser alone, and keeps nothing.
	PresetSinglePage = "single-page"
	// PresetNative is a program on a desk or a phone.
	PresetNative = "native"
	// PresetService acts for itself: there is no person.
	PresetService = "service"
	// PresetDevice has no browser; a person types its code elsewhere.
	PresetDevice = "device"
)

// people are the scopes of applications that people sign in to.
const people = "openid profile email offline_access"

// Web is the seed of an application with a server: it authenticates, by
// client_secret_basic with the secret to be added, or by private_key_jwt if Keys
// or KeysURI are. It may refresh.
func Web(id, name string, redirects ...string) Seed {
	return Seed{ID: id, Name: name, RedirectURIs: redirects, Preset: PresetWeb}
}

// SinglePage is the seed of an application that runs in the browser alone: public,
// its refresh tokens rotate, and scripts of its redirects' origins may read the
// answers of the token endpoint and the like, as those of every client may.
func SinglePage(id, name string, redirects ...string) Seed {
	return Seed{ID: id, Name: name, RedirectURIs: redirects, Preset: PresetSinglePage}
}

// Native is the seed of a program on a desk or a phone: public, with redirects to
// loopback, whose port is free, to a scheme of its own, or to https addresses that
// the system gives to the program.
func Native(id, name string, redirects ...string) Seed {
	return Seed{ID: id, Name: name, RedirectURIs: redirects, Preset: PresetNative}
}

// Service is the seed of a program that acts for itself, by client_credentials.
// Scope has to be added, and a secret, or Keys or KeysURI.
func Service(id, name string) Seed {
	return Seed{ID: id, Name: name, Preset: PresetService}
}

// Device is the seed of an application without a browser (RFC 8628): public. The
// provider has to offer it, by Config.DeviceGrant.
func Device(id, name string) Seed {
	return Seed{ID: id, Name: name, Preset: PresetDevice}
}

// preset is what a name stands for.
func preset(name string) (Seed, bool) {
	codes := []string{core.GrantAuthorizationCode, core.GrantRefreshToken}
	switch name {
	case PresetWeb:
		return Seed{AuthMethod: string(core.AuthSecretBasic), GrantTypes: codes, Scope: people}, true
	case PresetSinglePage:
		return Seed{AuthMethod: string(core.AuthNone), GrantTypes: codes, Scope: people, Rotation: "on"}, true
	case PresetNative:
		return Seed{AuthMethod: string(core.AuthNone), GrantTypes: codes, Scope: people, ApplicationType: "native"}, true
	case PresetService:
		return Seed{AuthMethod: string(core.AuthSecretBasic), GrantTypes: []string{core.GrantClientCredentials}}, true
	case PresetDevice:
		grants := []string{core.GrantDeviceCode, core.GrantRefreshToken}
		return Seed{AuthMethod: string(core.AuthNone), GrantTypes: grants, Scope: people, ApplicationType: "native"}, true
	}
	for _, k := range KnownClients() {
		if k.Preset == name {
			return Seed{
				Name: k.Name, AuthMethod: string(core.AuthNone), GrantTypes: codes, Scope: people,
				ApplicationType: k.ApplicationType, RedirectURIs: k.RedirectURIs,
			}, true
		}
	}
	return Seed{}, false
}

// presets are all names, for messages.
func presets() []string {
	names := []string{PresetWeb, PresetSinglePage, PresetNative, PresetService, PresetDevice}
	for _, k := range KnownClients() {
		names = append(names, k.Preset)
	}
	return names
}

// Completed is the seed with what its preset says where it says nothing itself; a
// list that is there stands in place of the preset's. Without a preset, or with
// one that is not known, it is the seed as it is. The seeded lane does this by
// itself.
func (s Seed) Completed() Seed {
	by, ok := preset(s.Preset)
	if !ok {
		return s
	}
	if s.AuthMethod == "" {
		s.AuthMethod = s.presetMethod(by.AuthMethod)
	}
	for _, f := range []struct {
		value *string
		by    string
	}{{&s.Name, by.Name}, {&s.ApplicationType, by.ApplicationType}, {&s.Scope, by.Scope}, {&s.Rotation, by.Rotation}} {
		if *f.value == "" {
			*f.value = f.by
		}
	}
	if len(s.GrantTypes) == 0 {
		s.GrantTypes = by.GrantTypes
		if s.TokenPolicy == string(core.TokensLong) { // which takes the place of refresh tokens
			s.GrantTypes = slices.DeleteFunc(slices.Clone(by.GrantTypes), func(g string) bool { return g == core.GrantRefreshToken })
		}
	}
	if len(s.RedirectURIs) == 0 {
		s.RedirectURIs = by.RedirectURIs
	}
	return s
}

// presetMethod follows what the operator gave the client to authenticate with.
func (s Seed) presetMethod(otherwise string) string {
	if otherwise == string(core.AuthSecretBasic) && (s.Keys != nil || s.KeysURI != "") {
		return string(core.AuthPrivateKeyJWT)
	}
	at := slices.IndexFunc(KnownClients(), func(k Known) bool { return k.Preset == s.Preset })
	if at >= 0 && KnownClients()[at].SecretMethod != "" && (s.Secret != (Secret{}) || len(s.Secrets) > 0) {
		return KnownClients()[at].SecretMethod
	}
	return otherwise
}
