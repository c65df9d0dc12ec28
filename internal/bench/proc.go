package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc/<pid>/stat: 100 to the second on every
// Linux that Go runs on.
const tick = 10 * time.Millisecond

// process is what /proc/<pid>/stat says of a process.
type process struct {
	pid, parent int
	name        string
	threads     int
	own, reaped time.Duration // CPU time: its own, and its ended children's
}

func readProcess(pid int) (process, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	return parseProcess(pid, string(b))
}

// parseProcess reads a line of proc(5): the name is in parentheses and may hold
// anything, so fields count from the last one.
func parseProcess(pid int, line string) (process, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return process{}, errors.New("bench: /proc has a form that is not known")
	}
	p, fields := process{pid: pid, name: line[open+1 : end]}, strings.Fields(line[end+1:])
	const state = 3 // the number, in proc(5), of the first field after the name
	number := func(n int) (v int) {
		if n-state < len(fields) {
			v, _ = strconv.Atoi(fields[n-state])
		}
		return v
	}
	p.parent, p.threads = number(4), number(20)
	p.own = time.Duration(number(14)+number(15)) * tick
	p.reaped = time.Duration(number(16)+number(17)) * tick
	return p, nil
}

// treeCPU is what a process and all below it have spent since they started.
func treeCPU(root int) (time.Duration, error) {
	top, err := readProcess(root)
	if err != nil {
		return 0, fmt.Errorf("bench: the database's process is gone: %w", err)
	}
	total := top.spent() + top.reaped
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	parents, all := map[int]int{}, map[int]process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil { // others end while we read
			all[pid], parents[pid] = p, p.parent
		}
	}
	for pid, p := range all {
		if pid != root && below(pid, root, parents) {
			total += p.spent() + p.reaped
		}
	}
	return total, nil
}

func below(pid, root int, parents map[int]int) bool {
	for range len(parents) {
		if pid = parents[pid]; pid == root || pid <= 1 {
			break
		}
	}
	return pid == root
}

// spent is the process's own CPU time: to the nanosecond where the kernel keeps
// it so, which it does for each thread.
func (p process) spent() time.Duration {
	if p.threads != 1 {
		return p.own
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", p.pid))
	if err != nil {
		return p.own
	}
	first, _, _ := strings.Cut(string(b), " ")
	ns, err := strconv.ParseInt(first, 10, 64)
	if err != nil || ns == 0 {
		return p.own
	}
	return time.Duration(ns)
}
