package provider_test

import (
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// noticed is an authenticator with a URL of a kind that no route serves.
type noticed struct{ secretWord }

func (noticed) Endpoints() []core.Endpoint {
	return []core.Endpoint{{Kind: core.EndpointNotice, Path: "/notice"}}
}

func TestNew_RefusesAnEndpointNobodyServes(t *testing.T) {
	c := newWorld(t).config
	c.Authenticators = []core.Authenticator{noticed{}}
	if _, err := provider.New(c); err == nil {
		t.Error("an endpoint is left out in silence")
	}
}
