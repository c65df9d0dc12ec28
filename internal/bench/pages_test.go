package bench

import "testing"

func TestPagesOfOneRefresh(t *testing.T) {
	before := pages{read: 10, log: 1000, whole: -1}
	p := pages{read: 20, log: 91_000, whole: -1}.each(before, 10)
	if want := (Pages{Read: 1, Log: 9000, Whole: -1}); p != want {
		t.Errorf("%+v, want %+v", p, want)
	}
	if got, want := p.String(), "1.00\t9000\t–"; got != want {
		t.Errorf("printed as %q, want %q", got, want)
	}
}

func TestProductionSettings(t *testing.T) {
	const sixteen = 16 << 30
	for store, want := range map[string]string{
		"postgres": "checkpoint_timeout=15min max_wal_size=16GB shared_buffers=4096MB",
		"mysql":    "innodb_buffer_pool_size=4096M innodb_log_file_size=4G innodb_redo_log_capacity=4G",
		"sqlite":   "as its makers set it",
	} {
		if got := spelled(production(store, sixteen)); got != want {
			t.Errorf("%s: %q, want %q", store, got, want)
		}
	}
	if got := production("postgres", 0); got != nil {
		t.Errorf("of a machine whose memory is not known: %v", got)
	}
}

// A file has nobody who counts.
func TestPagesOfSQLiteAreUnknown(t *testing.T) {
	target, err := newTarget(t.Context(), "sqlite", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = target.close() }()
	b, err := openBooks(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.close() }()
	p, err := b.pages(t.Context(), 0)
	if want := (pages{read: -1, log: -1, whole: -1}); err != nil || p != want {
		t.Errorf("%+v, %v, want %+v", p, err, want)
	}
}
