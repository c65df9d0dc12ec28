package dialogues

import (
	"net/http/httptest"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// Template holds what every world would have to make anew, slowly: a tenant
// with its keys, and pages.
type Template struct {
	tenant core.Tenant
	keys   []core.Key
	pages  core.Pages // nil for pages of its own
	name   string     // of the tenant, where it is not the usual one
}

// Named is a template with the same pages for a tenant of another name, of which
// nothing is put anywhere: many worlds fit into one database.
func (m *Template) Named(tenant string) *Template { return &Template{pages: m.pages, name: tenant} }

// NewTemplate makes one.
func NewTemplate(t *testing.T) *Template {
	t.Helper()
	db := memory.New()
	w, p := World(t, db)
	w.Handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", origin+"/jwks", nil)) // makes them all
	tenants, err := db.Tenants(t.Context(), core.PageOf{Limit: 1})
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	keys, err := p.Store().Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Template{tenant: tenants[0], keys: keys, pages: pages}
}

// Put puts the template's tenant into an empty database.
func (m *Template) Put(t *testing.T, db core.Database) {
	t.Helper()
	err := db.Migrate(t.Context())
	if err == nil {
		err = db.CreateTenant(t.Context(), m.tenant)
	}
	for _, k := range m.keys {
		if err == nil {
			err = db.Tenant(m.tenant.ID).CreateKey(t.Context(), k)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Tenant is the id of the template's tenant.
func (m *Template) Tenant() core.ID { return m.tenant.ID }
