package bench

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// production are the settings of a private server as its makers' manuals tell
// for a machine that serves a database: memory for its pages, of which their
// defaults take 128 MB whatever the machine has, and a log that does not force
// checkpoints. nil where the memory is not known, or the store has no server.
func production(store string, memory int64) map[string]string {
	quarter := memory / 4 >> 20
	if quarter == 0 {
		return nil
	}
	switch store {
	case "postgres":
		return map[string]string{"shared_buffers": fmt.Sprintf("%dMB", quarter), "max_wal_size": "16GB", "checkpoint_timeout": "15min"}
	case "mysql":
		return map[string]string{
			"innodb_buffer_pool_size":        fmt.Sprintf("%dM", quarter),
			"loose_innodb_log_file_size":     "4G", // MariaDB, and MySQL until 8.0.30
			"loose_innodb_redo_log_capacity": "4G",
		}
	}
	return nil
}

// machineMemory is that of this machine in bytes; 0 where it is not known.
func machineMemory() int64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kilobytes int64
	_, line, _ := bytes.Cut(b, []byte("MemTotal:"))
	if _, err := fmt.Sscan(string(line), &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}

// spelled are settings for a reader.
func spelled(settings map[string]string) string {
	if len(settings) == 0 {
		return "as its makers set it"
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		list = append(list, strings.TrimPrefix(name, "loose_")+"="+settings[name])
	}
	return strings.Join(list, " ")
}
