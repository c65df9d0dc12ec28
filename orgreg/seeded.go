package orgreg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/keywright/keywright/core"
)

// Directory is a core.Directory of seeds.
type Directory struct {
	seeds checked
	err   error
	now   func() time.Time
}

// Seeded makes the directory from code. What is wrong with the seeds is reported by
// Start, all at once.
func Seeded(s Seeds) *Directory {
	d := &Directory{}
	d.seeds, d.err = s.check("")
	return d
}

// maxSeedFile bounds what is read of a seed file, in bytes.
const maxSeedFile = 4 << 20

// SeededFile makes the directory from a file in YAML, of which JSON is a part: its
// members are those of Seeds. Unknown members, and everything else that is wrong,
// are reported at once.
func SeededFile(path string) (*Directory, error) {
	b, err := readAtMost(path, maxSeedFile)
	if err != nil {
		return nil, fmt.Errorf("orgreg: seed file: %w", err)
	}
	var s Seeds
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("orgreg: seed file %s: %w", path, quiet(err))
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("orgreg: seed file %s holds more than one document: keep one", path)
	}
	checked, err := s.check(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("orgreg: seed file %s: %w", path, err)
	}
	return &Directory{seeds: checked}, nil
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return b, err
}

// Start reports every problem of the seeds, each with its remedy; also connections
// that no authenticator speaks to.
func (d *Directory) Start(t core.Tools) error {
	d.now = t.Now
	if d.err != nil || t.Offers.Methods == nil {
		return d.err
	}
	p := &problems{}
	check := func(about string, all []connection) {
		for _, c := range all {
			if p.about = fmt.Sprintf("%sconnection %q", about, c.Label); !slices.Contains(t.Offers.Methods, c.Kind) {
				p.add("kind", "is %q, which no authenticator has as its method: add one, or choose another kind", c.Kind)
			}
		}
	}
	for _, o := range d.seeds.organizations {
		check(fmt.Sprintf("organization %q, ", o.Name), o.connections)
	}
	check("", d.seeds.connections)
	return errors.Join(p.found...)
}

// Apply writes the seeds for one tenant. A row that says the same is left as it is,
// and so are one that an operator has deleted, and its switch. The epoch stays:
// another label or a renewed secret ends no sign-in.
func (d *Directory) Apply(ctx context.Context, t core.DirectoryTools) error {
	if d.err != nil {
		return d.err
	}
	if d.now == nil {
		return errors.New("orgreg: the directory was not started")
	}
	for _, o := range d.seeds.organizations {
		id, err := d.organization(ctx, t.Store, o)
		if err != nil {
			return fmt.Errorf("orgreg: seeding organization %q: %w", o.Name, err)
		}
		if id.IsZero() {
			continue // deleted by an operator
		}
		for _, c := range o.connections {
			c.Organization = id
			if err := d.connection(ctx, t, c); err != nil {
				return fmt.Errorf("orgreg: seeding connection %q of organization %q: %w", c.Label, o.Name, err)
			}
		}
	}
	for _, c := range d.seeds.connections {
		if err := d.connection(ctx, t, c); err != nil {
			return fmt.Errorf("orgreg: seeding connection %q: %w", c.Label, err)
		}
	}
	return nil
}

// repeatedly writes until it has won: after a lost race or a lost answer, what is
// stored is read again.
func repeatedly(write func() error) (err error) {
	for range 4 {
		if err = write(); !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return err
}

// organization writes one and gives its id; zero for one that is deleted.
func (d *Directory) organization(ctx context.Context, store core.Store, seed organization) (id core.ID, err error) {
	err = repeatedly(func() error {
		at := core.Instant(d.now())
		row, err := store.OrganizationByName(ctx, seed.Name)
		if errors.Is(err, core.ErrNotFound) {
			row = seed.Organization
			row.ID, row.Change, row.CreatedAt = core.NewID(at), core.NewID(at), at
			id = row.ID
			return store.CreateOrganization(ctx, core.OrganizationChange{Organization: row, PutDomains: seed.domains},
				event(core.EventOrganizationSeeded, row.ID, "created", 1, at))
		}
		if err != nil || row.Deleted {
			return err
		}
		id = row.ID
		have, err := store.Domains(ctx, row.ID)
		if err != nil {
			return err
		}
		change := core.OrganizationChange{PutDomains: missing(seed.domains, have), RemoveDomains: missing(have, seed.domains)}
		same := row.DisplayName == seed.DisplayName && row.RequireConnection == seed.RequireConnection
		if same && len(change.PutDomains)+len(change.RemoveDomains) == 0 {
			return nil
		}
		row.DisplayName, row.RequireConnection, row.Change = seed.DisplayName, seed.RequireConnection, core.NewID(at)
		change.Organization = row
		return store.UpdateOrganization(ctx, change, event(core.EventOrganizationSeeded, row.ID, "changed", row.Version+1, at))
	})
	return id, err
}

// missing are those of a that b has not.
func missing(a, b []string) (out []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func (d *Directory) connection(ctx context.Context, t core.DirectoryTools, seed connection) error {
	return repeatedly(func() error {
		at := core.Instant(d.now())
		row, err := t.Store.Connection(ctx, seed.ID)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			return err
		}
		created := err != nil
		if !created && (row.Deleted || row.Kind == seed.Kind && same(t, row, seed)) {
			return nil
		}
		if !created && row.Kind != seed.Kind {
			return fmt.Errorf("it is stored as kind %q: a connection keeps its kind, so choose another name", row.Kind)
		}
		terms := seed.ConnectionTerms
		if len(seed.secrets) > 0 {
			if terms.Sealed, err = t.Seal(seed.secrets); err != nil {
				return err
			}
		}
		if created {
			row, terms.CreatedAt = seed.Connection, at
			row.ConnectionTerms, row.Change = terms, core.NewID(at)
			return t.Store.CreateConnection(ctx, row, event(core.EventConnectionSeeded, row.ID, "created", 1, at))
		}
		terms.CreatedAt = row.CreatedAt
		row.ConnectionTerms, row.Change = terms, core.NewID(at)
		return t.Store.UpdateConnection(ctx, row, event(core.EventConnectionSeeded, row.ID, "changed", row.Version+1, at))
	})
}

// same compares what the store keeps with the seed. What cannot be opened any more
// is not the same.
func same(t core.DirectoryTools, row core.Connection, seed connection) bool {
	var secrets []byte
	if len(row.Sealed) > 0 {
		var err error
		if secrets, err = t.Open(row.Sealed); err != nil {
			return false
		}
	}
	terms := row.ConnectionTerms
	terms.Sealed, terms.CreatedAt = nil, time.Time{}
	a, errA := json.Marshal(terms)
	b, errB := json.Marshal(seed.ConnectionTerms)
	return errA == nil && errB == nil && bytes.Equal(a, b) && bytes.Equal(secrets, seed.secrets)
}

func event(name core.EventName, thing core.ID, reason string, version uint64, at time.Time) core.Event {
	return core.Event{
		ID: core.NewID(at), At: at, Name: name, Thing: thing, Version: version, KeepUntil: at.Add(core.KeepEvents),
		EventTerms: core.EventTerms{Reason: reason},
	}
}
