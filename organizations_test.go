package keywright_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/orgreg"
	"github.com/keywright/keywright/ui"
)

func organized(t *testing.T, d core.Directory) (*keywright.Provider, error) {
	t.Helper()
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return keywright.New(t.Context(), keywright.Config{
		Issuer: "https://id.example", Database: memory.New(), Secrets: []keywright.Secret{make([]byte, 32)},
		Clients: []core.ClientLane{clientreg.Seeded()}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: noMail{}, Organizations: d,
	})
}

// disconnect ends every sign-in by a connection, everywhere, from the next request
// on.
func disconnect(ctx context.Context, p *keywright.Provider, id core.ID) error {
	_, connections := p.Organizations()
	c, err := connections.Connection(ctx, id)
	if err != nil {
		return err
	}
	c.Disabled = true
	c.Epoch++ // so that enabling it again brings no session back
	_, err = p.PutConnection(ctx, c, nil)
	return err
}

func TestOrganizationsAreSeededAndPutAtRunTime(t *testing.T) {
	p, err := organized(t, orgreg.Seeded(orgreg.Seeds{Organizations: []orgreg.Organization{{Name: "harbour", Domains: []string{"harbour.example"}}}}))
	if err != nil {
		t.Fatal(err)
	}
	organizations, connections := p.Organizations()
	o, err := organizations.OrganizationByName(t.Context(), "harbour")
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.PutConnection(t.Context(), core.Connection{Organization: o.ID, Kind: "password", ConnectionTerms: core.ConnectionTerms{Label: "x"}}, []byte("s3cret"))
	if err != nil || c.Version != 1 || strings.Contains(string(c.Sealed), "s3cret") || c.ID.IsZero() {
		t.Fatalf("connection %+v %v", c, err)
	}
	if err := disconnect(t.Context(), p, c.ID); err != nil {
		t.Fatal(err)
	}
	now, err := connections.Connection(t.Context(), c.ID)
	if err != nil || !now.Disabled || now.Epoch != 1 || string(now.Sealed) != string(c.Sealed) {
		t.Errorf("connection %+v %v", now, err)
	}
	if _, err := p.PutConnection(t.Context(), c, nil); !errors.Is(err, core.ErrConflict) {
		t.Errorf("an old version was written: %v", err)
	}
	o.RequireConnection = true
	if o, err = p.PutOrganization(t.Context(), core.OrganizationChange{Organization: o, PutDomains: []string{"harbour.test"}}); err != nil || o.Version != 2 {
		t.Errorf("organization %+v %v", o, err)
	}
	if _, err := p.PutOrganization(t.Context(), core.OrganizationChange{Organization: core.Organization{Name: "harbour"}}); !errors.Is(err, core.ErrConflict) {
		t.Errorf("a taken name: %v", err)
	}
}

func TestSeedsThatNobodySpeaksToEndTheStart(t *testing.T) {
	const file = "orgreg/testdata/organizations.yaml"
	if _, err := orgreg.SeededFile(file); err == nil {
		t.Fatal("the environment variable is not set, and nobody said so")
	}
	t.Setenv("HARBOUR_CLIENT_SECRET", "s3cret")
	d, err := orgreg.SeededFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = organized(t, d)
	if err == nil || !strings.Contains(err.Error(), "Organizations") || !strings.Contains(err.Error(), `"saml"`) || !strings.Contains(err.Error(), `"upstream"`) {
		t.Errorf("got %v", err)
	}
}
