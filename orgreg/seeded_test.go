package orgreg_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/orgreg"
)

// place is one tenant that seeds are applied to. Its seal only shows that what is
// stored has been through it.
type place struct {
	t     *testing.T
	tools core.DirectoryTools
}

func newPlace(t *testing.T) place {
	t.Helper()
	db, id := memory.New(), core.NewID(now())
	if err := db.CreateTenant(t.Context(), core.Tenant{ID: id, Name: "test", Row: core.Row{Change: core.NewID(now())}}); err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) ([]byte, error) {
		out := bytes.Clone(b)
		for n := range out {
			out[n] ^= 0x55
		}
		return out, nil
	}
	return place{t, core.DirectoryTools{Store: db.Tenant(id), Seal: flip, Open: flip}}
}

func now() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) }

func (p place) apply(d *orgreg.Directory) {
	p.t.Helper()
	if err := d.Start(core.Tools{Now: now}); err != nil {
		p.t.Fatal(err)
	}
	if err := d.Apply(context.Background(), p.tools); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) organization(domain string) (core.Organization, []core.Connection) {
	p.t.Helper()
	o, c, err := p.tools.Store.OrganizationByDomain(context.Background(), domain)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		p.t.Fatal(err)
	}
	return o, c
}

func corp(change func(*orgreg.Organization)) *orgreg.Directory {
	o := orgreg.Organization{
		Name: "corp", DisplayName: "Corp", Domains: []string{"Corp.Example", "corp.test"}, RequireConnection: true,
		Connections: []orgreg.Connection{{
			Name: "sso", Kind: "upstream", Label: "Corp SSO", Settings: map[string]any{"issuer": "https://idp.corp.example"},
			Secrets: orgreg.Secrets{"client_secret": "s3cret"}, JustInTime: true, Roles: []string{"member"},
		}},
	}
	if change != nil {
		change(&o)
	}
	return orgreg.Seeded(orgreg.Seeds{Organizations: []orgreg.Organization{o}, Connections: []orgreg.Connection{{Name: "partner", Kind: "saml"}}})
}

func TestSeedsAreAppliedOnceAndAgainWithoutAWrite(t *testing.T) {
	p := newPlace(t)
	p.apply(corp(nil))
	o, c := p.organization("corp.example")
	if o.DisplayName != "Corp" || !o.RequireConnection || len(c) != 1 || !c[0].JustInTime || string(c[0].Settings) != `{"issuer":"https://idp.corp.example"}` {
		t.Fatalf("organization %+v, connections %+v", o, c)
	}
	if opened, _ := p.tools.Open(c[0].Sealed); bytes.Contains(c[0].Sealed, []byte("s3cret")) || string(opened) != `{"client_secret":"s3cret"}` {
		t.Errorf("sealed %q", c[0].Sealed)
	}
	p.apply(corp(nil))
	again, b := p.organization("corp.test")
	if again.Version != o.Version || b[0].Version != c[0].Version || b[0].ID != c[0].ID {
		t.Error("seeding the same again has written")
	}
	all, err := p.tools.Store.Connections(t.Context(), core.ID{}, core.PageOf{Limit: 10})
	if err != nil || len(all) != 1 || all[0].Label != "partner" {
		t.Errorf("everybody's %+v %v", all, err)
	}
}

func TestWhatAnOperatorDecidedSurvives(t *testing.T) {
	p := newPlace(t)
	p.apply(corp(nil))
	o, c := p.organization("corp.example")
	o.Disabled, o.Epoch, o.Change = true, 3, core.NewID(now())
	c[0].Disabled, c[0].Epoch, c[0].Change = true, 4, core.NewID(now())
	if err := errors.Join(p.tools.Store.UpdateOrganization(t.Context(), core.OrganizationChange{Organization: o}), p.tools.Store.UpdateConnection(t.Context(), c[0])); err != nil {
		t.Fatal(err)
	}
	p.apply(corp(func(o *orgreg.Organization) {
		o.DisplayName, o.Domains = "Corp Ltd", []string{"corp.test"}
		o.Connections[0].Secrets = orgreg.Secrets{"client_secret": "renewed"}
	}))
	o, c = p.organization("corp.test")
	opened, _ := p.tools.Open(c[0].Sealed)
	if !o.Disabled || o.Epoch != 3 || o.DisplayName != "Corp Ltd" || !c[0].Disabled || c[0].Epoch != 4 || !strings.Contains(string(opened), "renewed") {
		t.Errorf("organization %+v, connection %+v", o, c[0])
	}
	if gone, _ := p.organization("corp.example"); !gone.ID.IsZero() {
		t.Error("a domain that was taken off the list is still there")
	}
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	d := orgreg.Seeded(orgreg.Seeds{Organizations: []orgreg.Organization{
		{Name: "a b", Domains: []string{"corp", "münchen.example"}, RequireConnection: true},
		{Name: "two", Domains: []string{"one.example"}, Connections: []orgreg.Connection{{Name: "x"}, {Name: "x", Kind: "saml", Roles: []string{"r"}}}},
		{Name: "two", Domains: []string{"ONE.example"}},
		{Connections: []orgreg.Connection{{Name: "c", Kind: "saml", Secrets: orgreg.Secrets{"key": map[string]any{"env": "KEYWRIGHT_NOT_SET"}}}}},
	}})
	err := d.Start(core.Tools{Now: now})
	if err == nil {
		t.Fatal("nothing was wrong")
	}
	for _, want := range []string{
		`organization "a b": name`, `"a b": domains[0]`, `"a b": domains[1]`, `"a b": require_connection`,
		`connection "x": kind`, `connection "x": name is there twice`, `connection "x": roles`, `organization "two": name is there twice`,
		`organization "two": domains[0] is there twice`, `organization number 4: name`, `secrets key: names an environment variable that is not set`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestAConnectionNobodySpeaksToIsNamed(t *testing.T) {
	err := corp(nil).Start(core.Tools{Now: now, Offers: core.Offers{Methods: []string{"password", "saml"}}})
	if err == nil || !strings.Contains(err.Error(), `"upstream"`) || strings.Contains(err.Error(), "partner") {
		t.Errorf("got %v", err)
	}
}

func TestSeededFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("key.pem", "PRIVATE\n")
	t.Setenv("KEYWRIGHT_TEST_SECRET", "from-env")
	d, err := orgreg.SeededFile(write("organizations.yaml", `
organizations:
  - name: corp
    domains: [corp.example]
    connections:
      - name: sso
        kind: saml
        settings: {metadata_url: "https://idp.example/metadata", skew_seconds: 30}
        secrets:
          keys:
            - certificate: public
              private_key: {file: key.pem}
          other: {env: KEYWRIGHT_TEST_SECRET}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	p.apply(d)
	_, c := p.organization("corp.example")
	opened, _ := p.tools.Open(c[0].Sealed)
	if string(opened) != `{"keys":[{"certificate":"public","private_key":"PRIVATE"}],"other":"from-env"}` || c[0].Label != "sso" {
		t.Errorf("secrets %s", opened)
	}
	_, err = orgreg.SeededFile(write("wrong.yaml", "organizations:\n  - nmae: corp\n    domains: \"hunter2\"\n"))
	if err == nil || !strings.Contains(err.Error(), "nmae") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
