//go:build unix

package dbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const missingGalera = "needs MariaDB with Galera: apt-get install mariadb-server galera-4 rsync"

// Galera is a cluster of MariaDB servers, each of which holds all there is.
type Galera struct {
	// Nodes may be stopped, killed and started again like other servers, as long as
	// more than half of them run. If fewer did, or all were killed, start all at once.
	Nodes []*Server
}

// StartGalera starts a cluster of so many nodes. Its default database is called
// keywright. A *MissingError says that MariaDB, the library or rsync is not
// installed.
func StartGalera(ctx context.Context, nodes int, o Options) (*Galera, error) {
	template, err := galeraTemplate()
	if err != nil {
		return nil, err
	}
	engines, homes := make([]*galera, nodes), make([]*home, nodes)
	for n := range engines {
		if engines[n], err = newNode(n); err == nil {
			homes[n], err = template.copy(ctx, "mysql", "KILL")
		}
		if err != nil {
			return nil, errors.Join(err, removed(homes))
		}
	}
	for n, h := range homes {
		engines[n].together = engines
		err = errors.Join(err, h.write("data/gvwstate.dat", engines[n].view()))
	}
	if err != nil {
		return nil, errors.Join(err, removed(homes))
	}
	return openTogether(ctx, engines, homes, o)
}

// openTogether starts the nodes at once, since each waits for the others.
func openTogether(ctx context.Context, engines []*galera, homes []*home, o Options) (*Galera, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, failed := &Galera{Nodes: make([]*Server, len(engines))}, make([]error, len(engines))
	var starting sync.WaitGroup
	for n := range engines {
		starting.Go(func() {
			if g.Nodes[n], failed[n] = open(ctx, engines[n], homes[n], o); failed[n] != nil {
				cancel()
			}
		})
	}
	starting.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func removed(homes []*home) (err error) {
	for _, h := range homes {
		if h != nil {
			err = errors.Join(err, h.remove())
		}
	}
	return err
}

// Close kills the nodes and removes all they kept.
func (g *Galera) Close() (err error) {
	for _, s := range g.Nodes {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// galeraTemplate is the folder of a node that was alone and stopped in order: all
// nodes begin with the same, so that none has to be sent anything.
var galeraTemplate = sync.OnceValues(func() (*home, error) {
	p := programs{}
	for _, name := range []string{"mariadbd", "mariadb-install-db", "rsync"} {
		found, err := find(searched("/usr/local/mysql/bin", "/opt/homebrew/bin"), missingGalera, name)
		if err != nil {
			return nil, err
		}
		p[name] = found[name]
	}
	if p["libgalera_smm.so"] = galeraLibrary(); p["libgalera_smm.so"] == "" {
		return nil, &MissingError{needs: missingGalera}
	}
	return newTemplate("mysql", p, fillGalera)
})

func galeraLibrary() string {
	for _, pattern := range []string{
		"/usr/lib/galera*/libgalera_smm.so", "/usr/lib64/galera*/libgalera_smm.so", "/usr/lib/libgalera_smm.so",
		"/usr/local/lib/libgalera_smm.so", "/opt/homebrew/lib/libgalera_smm.so",
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}

func fillGalera(ctx context.Context, h *home) error {
	alone, err := newNode(0)
	if err == nil {
		alone.together = []*galera{alone}
		err = errors.Join(fillMySQL(ctx, h), mysql{}.prepare(h, 0, Options{}))
	}
	port := 0
	if err == nil {
		port, err = freePort()
	}
	if err != nil {
		return err
	}
	command := alone.command(h, port, Options{})
	command = append(command, "--wsrep-new-cluster", "--init-file="+filepath.Join(h.folder, "init.sql"))
	// It says that it is in its group before, and that it is ready when it has run the file.
	run, err := start(ctx, alone.name(), h, command, "mariadbd: ready for connections")
	if err != nil {
		return err
	}
	if err := run.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-run.gone
	h.warden.watch(0)
	return os.Remove(filepath.Join(h.data, "galera.cache"))
}

// galera is one node.
type galera struct {
	mysql
	number     int
	group      int // the port that the others reach it at
	state, all int // those that it is sent what it missed at: a part, or everything
	together   []*galera
	position   string // how far its data is, as its process is told; empty for the first
}

func newNode(number int) (*galera, error) {
	g := &galera{number: number}
	for _, port := range []*int{&g.group, &g.state, &g.all} {
		var err error
		if *port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// says comes when the node has all that the others have. It listens before, and
// answers as soon as it can.
func (*galera) says() string { return "Synchronized with group, ready for connections" }

// id is what the group calls the node.
func (g *galera) id() string { return fmt.Sprintf("%08x-0000-11f0-8000-%012x", g.number+1, g.group) }

// view is a memory of the group, which all nodes then find together by themselves.
func (g *galera) view() string {
	text := "my_uuid: " + g.id() + "\n#vwbeg\nview_id: 3 " + g.together[0].id() + " 3\nbootstrap: 0\n"
	for _, other := range g.together {
		text += "member: " + other.id() + " 0\n"
	}
	return text + "#vwend\n"
}

var (
	storedState = regexp.MustCompile(`(?m)^uuid: *(\S+)\s+^seqno: *(\S+)`)
	recovered   = regexp.MustCompile(`Recovered position:? *(\S+)`)
)

// prepare finds out how far the node's data is. After a crash only the tables know.
func (g *galera) prepare(h *home, port int, o Options) error {
	text, err := os.ReadFile(filepath.Join(h.data, "grastate.dat"))
	if err != nil {
		return err
	}
	if found := storedState.FindSubmatch(text); found != nil && string(found[2]) != "-1" {
		g.position = string(found[1]) + ":" + string(found[2])
		return nil
	}
	log := filepath.Join(h.folder, "recovered.err")
	if err := os.RemoveAll(log); err != nil {
		return err
	}
	g.position = ""
	words := append(g.command(h, port, o), "--wsrep-recover", "--log-error="+log)
	if err := h.must(context.Background(), words, ""); err != nil {
		return err
	}
	if text, err = os.ReadFile(log); err != nil {
		return err
	}
	found := recovered.FindSubmatch(text)
	if found == nil {
		return &startError{name: g.name(), why: "does not know how far its data is", log: string(text)}
	}
	g.position = string(found[1])
	return nil
}

func (g *galera) command(h *home, port int, o Options) []string {
	settings := g.settings(h, port, o)
	addresses := make([]string, len(g.together))
	for n, other := range g.together {
		addresses[n] = local(other.group)
	}
	for name, value := range map[string]string{
		"wsrep_on": "ON", "wsrep_provider": h.programs["libgalera_smm.so"], "binlog_format": "ROW", "innodb_autoinc_lock_mode": "2",
		"wsrep_cluster_name": "keywright", "wsrep_node_name": "node" + strconv.Itoa(g.number), "wsrep_node_address": "127.0.0.1",
		"wsrep_cluster_address": "gcomm://" + strings.Join(addresses, ","), "wsrep_sst_method": "rsync",
		"wsrep_sst_receive_address": local(g.all), "wsrep_provider_options": g.options(),
	} {
		settings[name] = value
	}
	words := served(h, settings, o)
	if g.position != "" {
		words = append(words, "--wsrep-start-position="+g.position)
	}
	return words
}

// options are as their makers set them, but for how long nodes look for each other at
// first. To miss a node sooner would split the group on a busy machine.
func (g *galera) options() string {
	options := map[string]string{
		"base_host": "127.0.0.1", "base_port": strconv.Itoa(g.group), "gmcast.listen_addr": "tcp://" + local(g.group),
		"ist.recv_addr": local(g.state), "gcache.size": "32M", "pc.announce_timeout": "PT0.5S",
	}
	words := make([]string, 0, len(options))
	for name, value := range options {
		words = append(words, name+"="+value)
	}
	slices.Sort(words)
	return strings.Join(words, ";")
}

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
