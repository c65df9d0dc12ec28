package bench

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver of the bare statement
)

// controls serves what the load asks of the provider's process itself, on an
// address of its own.
func controls(folder string, statements *atomic.Uint64) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) { answer(w, spent(statements), nil) })
	mux.HandleFunc("/limits", func(w http.ResponseWriter, _ *http.Request) {
		found, err := limits(folder)
		answer(w, found, err)
	})
	go func() { _ = (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(l) }() // ends with the process
	return "http://" + l.Addr().String(), nil
}

func answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

// limits measures the bare parts: signatures and statements.
func limits(folder string) ([]limit, error) {
	digest := sha256.Sum256([]byte("what is signed"))
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	found := []limit{
		timed("ES256 signature", 1, func() error { _, err := ec.Sign(rand.Reader, digest[:], crypto.SHA256); return err }),
		timed("EdDSA signature", 1, func() error { _ = ed25519.Sign(ed, digest[:]); return nil }),
		timed("RS256 signature", 1, func() error { _, err := rsa.SignPKCS1v15(nil, rs, crypto.SHA256, digest[:]); return err }),
	}
	statements, err := bareStatements(filepath.Join(folder, "bare.db"))
	return append(found, statements...), err
}

// bareStatements measures a read by key and a conditional update of one row,
// through the driver and settings that the adapter uses.
func bareStatements(path string) ([]limit, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS bare (id BLOB PRIMARY KEY, version INTEGER, payload BLOB) STRICT, WITHOUT ROWID`); err != nil {
		return nil, err
	}
	id, payload := []byte("0123456789abcdef"), make([]byte, 600)
	if _, err := db.Exec(`INSERT OR REPLACE INTO bare VALUES (?, 1, ?)`, id, payload); err != nil {
		return nil, err
	}
	read, err := db.Prepare(`SELECT version, payload FROM bare WHERE id = ?`)
	if err != nil {
		return nil, err
	}
	write, err := db.Prepare(`UPDATE bare SET version = version + 1, payload = ? WHERE id = ? AND version > 0`)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return []limit{
		timed("SQLite read by key", 1, func() error {
			var version int64
			var b []byte
			return read.QueryRow(id).Scan(&version, &b)
		}),
		timed("SQLite update, one commit each", 16, func() error {
			mu.Lock()
			defer mu.Unlock()
			_, err := write.Exec(payload, id)
			return err
		}),
	}, nil
}

// timed runs do for half a second by the number of callers given.
func timed(name string, callers int, do func() error) limit {
	var ops atomic.Int64
	end, before := time.Now().Add(500*time.Millisecond), cpu()
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			for time.Now().Before(end) {
				if do() != nil {
					return
				}
				ops.Add(1)
			}
		})
	}
	wait.Wait()
	return limit{Name: name, Ops: int(ops.Load()), CPU: cpu() - before}
}

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
