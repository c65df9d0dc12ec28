package bench

import (
	"context"
	"fmt"
)

// Pages are what one refresh takes of a database's pages and of its log, which
// depends on how many rows there are and how the server is set. What the server
// does not tell is negative.
type Pages struct {
	Read float64 // from outside of its own memory
	Log  float64 // bytes
	// Whole are pages that were written whole to the log, since they were touched
	// for the first time after a checkpoint (Postgres).
	Whole float64
}

// String is a row of a table.
func (p Pages) String() string { return told(p.Read) + "\t" + told(p.Log) + "\t" + told(p.Whole) }

func told(n float64) string {
	switch {
	case n < 0:
		return "–"
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.2f", n)
}

// pages is how often the server has done so, since it started.
type pages struct{ read, log, whole, updates int64 }

// each is what each of n refreshes took.
func (p pages) each(before pages, n int) Pages {
	per := func(now, then int64) float64 {
		if now < 0 {
			return -1
		}
		return float64(now-then) / float64(max(n, 1))
	}
	return Pages{Read: per(p.read, before.read), Log: per(p.log, before.log), Whole: per(p.whole, before.whole)}
}

// pages reads the server's counts once they show as many updates of grants.
func (b *books) pages(ctx context.Context, updates int64) (p pages, err error) {
	l, err := b.log(ctx, updates)
	if err != nil {
		return p, err
	}
	p = pages{read: -1, log: l.bytes, whole: -1, updates: l.updates}
	switch b.store {
	case "postgres":
		const read = "SELECT blks_read FROM pg_stat_database WHERE datname = current_database()"
		if err := b.db.QueryRowContext(ctx, read).Scan(&p.read); err != nil {
			return p, err
		}
		const view = "SELECT to_regclass('pg_catalog.pg_stat_wal') IS NOT NULL" // since Postgres 14
		var known bool
		if err := b.db.QueryRowContext(ctx, view).Scan(&known); err != nil || !known {
			return p, err
		}
		err = b.db.QueryRowContext(ctx, "SELECT wal_fpi FROM pg_stat_wal").Scan(&p.whole)
	case "mysql":
		var name string
		err = b.db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads'").Scan(&name, &p.read)
	default:
		p.log = -1
	}
	return p, err
}

// checkpoint has Postgres write what it has in memory. The others have none at a
// moment.
func (b *books) checkpoint(ctx context.Context) error {
	if b.store != "postgres" {
		return nil
	}
	_, err := b.db.ExecContext(ctx, "CHECKPOINT")
	return err
}
