package mysql

import (
	"maps"
	"strings"
	"testing"
)

func TestASessionOnANodeWaitsForTheOthers(t *testing.T) {
	for _, c := range []struct {
		why  string
		f    facts
		want string
	}{
		{"no such server", facts{}, ""},
		{"MariaDB that is no node", facts{"wsrep_provider": "none", "wsrep_on": "OFF"}, ""},
		{"a node", facts{"wsrep_provider": "/lib/libgalera_smm.so", "wsrep_on": "ON"}, "7"},
	} {
		params := map[string]string{}
		c.f.join(params)
		if params["wsrep_sync_wait"] != c.want {
			t.Errorf("%s: wsrep_sync_wait is %q, want %q", c.why, params["wsrep_sync_wait"], c.want)
		}
		d := dialect(c.f)
		if d.Unlocked != (c.want != "") || d.Unlocked != (d.Before == nil) {
			t.Errorf("%s: unlocked is %v, with %v by hand", c.why, d.Unlocked, d.Before)
		}
	}
}

func TestProblemsOfNodesNameTheSettingAndTheRemedy(t *testing.T) {
	node := facts{
		"wsrep_provider": "/lib/libgalera_smm.so", "wsrep_on": "ON", "wsrep_sync_wait": "7", "wsrep_dirty_reads": "OFF", "wsrep_osu_method": "TOI",
	}
	single := facts{
		"group_replication_group_name": "a", "group_replication_single_primary_mode": "ON",
		"group_replication_consistency": "BEFORE_ON_PRIMARY_FAILOVER",
	}
	several := facts{
		"group_replication_group_name": "a", "group_replication_single_primary_mode": "OFF", "group_replication_consistency": "BEFORE",
	}
	for _, c := range []struct {
		good              facts
		name, value, want string
	}{
		{node, "wsrep_sync_wait", "15", ""},
		{node, "wsrep_sync_wait", "1", "set it to 7 in the DSN"},
		{node, "wsrep_on", "OFF", "would stay on one node"},
		{node, "wsrep_dirty_reads", "ON", "from old rows; set it to OFF"},
		{node, "wsrep_osu_method", "RSU", "on one node only; set it to TOI"},
		{single, "group_replication_consistency", "AFTER", ""},
		{single, "group_replication_consistency", "EVENTUAL", "set it to 'BEFORE_ON_PRIMARY_FAILOVER' in the DSN"},
		{several, "group_replication_consistency", "BEFORE_AND_AFTER", ""},
		{several, "group_replication_consistency", "BEFORE_ON_PRIMARY_FAILOVER", "set it to 'BEFORE' in the DSN"},
	} {
		if all := c.good.nodeProblems(); len(all) > 0 {
			t.Errorf("%v: %q", c.good, all)
		}
		bad := maps.Clone(c.good)
		bad[c.name] = c.value
		all := bad.nodeProblems()
		if c.want == "" && len(all) > 0 || c.want != "" && (len(all) != 1 || !strings.Contains(all[0], c.name+" is "+c.value) || !strings.Contains(all[0], c.want)) {
			t.Errorf("%s=%s: %q, want %q", c.name, c.value, all, c.want)
		}
	}
}
