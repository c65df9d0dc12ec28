//go:build unix

package torture

import (
	"context"
	"os"
	"path/filepath"

	"github.com/keywright/keywright/internal/dbserver"
)

// Private makes an empty database that nobody else uses, on a server of its own where the store needs one, and sets
// DSN and Restart. remove ends the server and leaves nothing.
func (o *Options) Private(ctx context.Context) (remove func() error, err error) {
	if o.Store == "sqlite" {
		folder, err := os.MkdirTemp("", "keywright-torture-")
		o.DSN = filepath.Join(folder, "torture.db")
		return func() error { return os.RemoveAll(folder) }, err
	}
	if o.Store == galera {
		return o.cluster(ctx)
	}
	start, ok := map[string]func(context.Context, dbserver.Options) (*dbserver.Server, error){
		"postgres": dbserver.StartPostgres, "mysql": dbserver.StartMySQL,
	}[o.Store]
	if !ok {
		return nil, unknown(o.Store)
	}
	server, err := start(ctx, dbserver.Options{})
	if err != nil {
		return nil, err
	}
	o.DSN = server.DSN("")
	o.Restart = func() error {
		server.Kill()
		return server.Start(ctx)
	}
	return server.Close, nil
}
