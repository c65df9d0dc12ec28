package keywright_test

import (
	"testing"

	"github.com/keywright/keywright/internal/arch"
)

const module = "github.com/keywright/keywright"

// Test machinery serves tests and measurements only, and may itself use everything. No part of a provider may use it.
var machinery = []string{
	"internal/arch", "internal/bench/**", "internal/browser/**", "internal/dialogue/**", "internal/fakeidp/**",
	"internal/itest/**", "internal/tools/**",
}

// What several rows of the table allow.
var (
	inside = without([]string{"internal/**"}, machinery...)      // all of internal that a provider is made of
	leaves = without(inside, "internal/server/**")               // what stands alone: nothing of it knows core
	bun    = []string{"github.com/uptrace/bun/**"}               // the query builder
	x      = []string{"golang.org/x/**"}                         // what the Go project keeps beside its library
	parts  = []string{"adapters/**", "authenticators/**"}        // what is plugged in
	users  = []string{"conformance/**", "examples/**", "cmd/**"} // what uses the whole
)

// The import table: who may import what, outside tests. The first row that matches a package counts. See
// docs/architecture.md for the reasons, and internal/arch for the patterns.
var importTable = []arch.Rule{
	// packages, our own packages it may import, libraries it may import
	{Packages: "core"}, // the standard library only
	{Packages: "core/provider/**", Own: with("core", inside)},
	{Packages: "core/account/**", Own: with("core", inside)},
	{Packages: "core/admin/**", Own: with("core", inside)},
	{Packages: "core/resource/**", Own: leaves}, // nothing of the provider, not even core
	// Scripted people need a way to sign in, pages to fill in and clients to go to: docs/adr/0006.
	{Packages: "core/providertest/**", Own: []string{".", "core", "core/admin", "adapters/memory", "authenticators/password", "clientreg", "ui", "internal/webpage"}},

	{Packages: ".", Own: without(without([]string{"**"}, append(parts, users...)...), machinery...), Libraries: x},

	// crewjam/saml for messages; the two it verifies with are pinned past a bypass and used directly: docs/adr/0014.
	{Packages: "authenticators/saml", Own: with("core", leaves), Libraries: []string{"github.com/crewjam/saml", "github.com/russellhaering/goxmldsig/**", "github.com/beevik/etree"}},
	{Packages: "authenticators/*", Own: with("core", leaves), Libraries: []string{arch.One}},
	{Packages: "orgreg/**", Own: with("core", leaves), Libraries: []string{arch.One}},
	{Packages: "clientreg/**", Own: with("core", leaves), Libraries: []string{arch.One}},
	{Packages: "ui/**", Own: []string{"core", "internal/qr"}, Libraries: []string{arch.One}}, // pictures are drawn by a leaf
	{Packages: "conformance/**", Own: []string{"core"}},                                      // linked into other people's tests

	{Packages: "adapters/memory", Own: []string{"core"}},
	{Packages: "adapters/internal/bunstore", Own: []string{"core", "adapters/internal/gather"}, Libraries: bun},
	{Packages: "adapters/internal/gather"},
	{Packages: "adapters/sqlite", Own: sql, Libraries: with("modernc.org/**", bun)},
	{Packages: "adapters/postgres", Own: sql, Libraries: with("github.com/jackc/pgx/**", bun)},
	{Packages: "adapters/mysql", Own: sql, Libraries: with("github.com/go-sql-driver/mysql", bun)},
	{Packages: "adapters/*", Own: []string{"core"}, Libraries: []string{arch.One}},

	{Packages: "internal/server/**", Own: with("core", inside), Libraries: []string{arch.One}},
	{Packages: "internal/arch"},
	{Packages: "internal/tools/**"},
	{Packages: "internal/bench/**", Own: []string{"**"}, Libraries: []string{arch.Any}},
	{Packages: "internal/browser/**", Own: []string{"**"}, Libraries: []string{arch.Any}},
	{Packages: "internal/dialogue/**", Own: []string{"**"}, Libraries: []string{arch.Any}},
	{Packages: "internal/fakeidp/**", Own: []string{"**"}, Libraries: []string{arch.Any}},
	{Packages: "internal/itest/**", Own: []string{"**"}, Libraries: []string{arch.Any}},
	{Packages: "internal/**", Own: leaves, Libraries: []string{arch.One}},

	{Packages: "examples/**", Own: []string{"**", "!internal/**"}, Libraries: []string{arch.Any}}, // only what users have
	{Packages: "cmd/**", Own: []string{"**", "!internal/**"}, Libraries: []string{arch.Any}},
}

// sql is what an adapter for an SQL database is built on.
var sql = []string{"core", "adapters/internal/bunstore", "adapters/internal/gather"}

// What only packages that nobody imports may reach, in their tests too: it costs an importer 118 MB instead of 3.
var (
	heavy = []string{
		"github.com/anishathalye/porcupine", "github.com/chromedp/**", "github.com/testcontainers/**", "github.com/modelcontextprotocol/**",
		"github.com/crewjam/saml/samlidp", "github.com/jimlambrt/gldap/**", "go.etcd.io/bbolt/**",
	}
	nobodyImports = []string{"internal/**", "examples/**", "cmd/**"}
)

const (
	fileLines     = 400
	functionLines = 60
)

func TestArchitecture(t *testing.T) {
	tree, err := arch.Read(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, faults := range map[string][]arch.Fault{
		"imports":    tree.CheckImports(module, importTable),
		"sizes":      tree.CheckSizes(fileLines, functionLines),
		"documented": tree.CheckDocumented(),
		"habits":     tree.CheckHabits(),
		"state":      tree.CheckState(),
	} {
		t.Run(name, func(t *testing.T) { report(t, faults) })
	}
}

// The graph holds what the go command would fetch, so this also sees what libraries of ours pull in.
func TestHeavyImports(t *testing.T) {
	graph, err := arch.ReadGraph(".")
	if err != nil {
		t.Fatal(err)
	}
	report(t, graph.CheckReach(module, nobodyImports, heavy))
}

func report(t *testing.T, faults []arch.Fault) {
	t.Helper()
	for _, fault := range faults {
		t.Error(fault)
	}
}

// with is a list of patterns with one more.
func with(pattern string, patterns []string) []string {
	return append([]string{pattern}, patterns...)
}

// without is a list of patterns that no longer holds what others match.
func without(patterns []string, taken ...string) []string {
	list := append([]string{}, patterns...)
	for _, pattern := range taken {
		list = append(list, "!"+pattern)
	}
	return list
}
