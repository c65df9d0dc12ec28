//go:build unix

package dbserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// processes are those of this machine by id; none where there is no /proc.
type processes map[int]processStat

type processStat struct {
	parent int
	ticks  int64 // of itself and of the children that it has seen end
}

// tick is the unit of /proc/*/stat, on every architecture that Go runs on.
const tick = 10 * time.Millisecond

func readProcesses() processes {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	all := processes{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended since
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if p, ok := parseStat(string(text)); ok {
			all[pid] = p
		}
	}
	return all
}

// parseStat reads proc_pid_stat(5): after the name, which may hold anything, the
// state, the parent, nine more, and four times.
func parseStat(text string) (p processStat, ok bool) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return p, false
	}
	var user, system, childrenUser, childrenSystem int64
	_, err := fmt.Sscan(strings.Join([]string{fields[1], fields[11], fields[12], fields[13], fields[14]}, " "),
		&p.parent, &user, &system, &childrenUser, &childrenSystem)
	p.ticks = user + system + childrenUser + childrenSystem
	return p, err == nil
}

// below are the descendants of a process.
func (all processes) below(pid int) (found []int) {
	for id, p := range all {
		if p.parent == pid {
			found = append(append(found, id), all.below(id)...)
		}
	}
	return found
}

// cpu is the time of a process and its descendants.
func (all processes) cpu(pid int) time.Duration {
	ticks := all[pid].ticks
	for _, id := range all.below(pid) {
		ticks += all[id].ticks
	}
	return time.Duration(ticks) * tick
}
