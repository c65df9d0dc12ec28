package mysql

import (
	"strconv"
	"strings"
)

// A node of a Galera cluster (MariaDB, Percona XtraDB Cluster) answers a write when
// all nodes have received it and agree on its place among the others, but before
// all have carried it out. So what it answers from its own tables alone may be old,
// unless it is told to carry out first what was agreed on when it was asked.

// waits are the kinds of statements before which a node must do so: reads and the
// beginnings of transactions (1), updates and deletes (2), which would be refused
// for what they do not find, and inserts (4), for a key that is free again.
const waits = 1 | 2 | 4

// attemptsOnNodes is how often a write is tried that another node was faster with.
// The time of the call ends it as well.
const attemptsOnNodes = 32

// onNodes are variables of the session that must have one value on a node: as Open
// sets it, as the node says it, and what would happen otherwise.
var onNodes = []struct{ name, set, value, otherwise string }{
	{"wsrep_dirty_reads", "0", "OFF", "a node that has lost the others would answer from old rows"},
	{"wsrep_osu_method", "'TOI'", "TOI", "steps of the schema would be taken on one node only"},
}

// askedOfNodes are the variables that tell of clusters, where the server has them.
var askedOfNodes = []string{
	"wsrep_provider", "wsrep_on", "wsrep_sync_wait", "wsrep_dirty_reads", "wsrep_osu_method",
	"group_replication_group_name", "group_replication_single_primary_mode", "group_replication_consistency",
}

// clustered says whether the server is a node of a Galera cluster. MariaDB has the
// variables also where it is none.
func (f facts) clustered() bool {
	provider := f["wsrep_provider"]
	return provider != "" && !strings.EqualFold(provider, "none")
}

// join adds what a session on a node needs.
func (f facts) join(params map[string]string) {
	if !f.clustered() {
		return
	}
	params["wsrep_sync_wait"] = strconv.Itoa(waits)
	for _, a := range onNodes {
		params[a.name] = a.set
	}
}

// nodeProblems are what a cluster would break its promises by.
func (f facts) nodeProblems() (all []string) {
	if f.clustered() {
		if !f.on("wsrep_on") {
			all = append(all, "wsrep_on is OFF: what is written would stay on one node; set it ON on the server")
		}
		if wait, _ := strconv.Atoi(f["wsrep_sync_wait"]); wait&waits != waits {
			all = append(all, "wsrep_sync_wait is "+f["wsrep_sync_wait"]+": what another node has answered might not be seen; set it to "+
				strconv.Itoa(waits)+" in the DSN")
		}
		for _, a := range onNodes {
			if got, known := f[a.name]; known && !strings.EqualFold(got, a.value) {
				all = append(all, a.name+" is "+got+": "+a.otherwise+"; set it to "+a.value+" in the DSN")
			}
		}
	}
	return append(all, f.groupProblems()...)
}

// groupProblems are those of MySQL's Group Replication. A new primary must not
// answer before it has carried out what the one before it has answered; and where
// there are several, none before what the others have.
func (f facts) groupProblems() (all []string) {
	if f["group_replication_group_name"] == "" {
		return nil
	}
	level := strings.ToUpper(f["group_replication_consistency"])
	switch level {
	case "BEFORE", "AFTER", "BEFORE_AND_AFTER":
		return nil
	case "BEFORE_ON_PRIMARY_FAILOVER":
		if f.on("group_replication_single_primary_mode") {
			return nil
		}
	}
	want := "BEFORE_ON_PRIMARY_FAILOVER"
	if !f.on("group_replication_single_primary_mode") {
		want = "BEFORE"
	}
	return append(all, "group_replication_consistency is "+level+": what another member has answered might not be seen; set it to '"+
		want+"' in the DSN")
}
