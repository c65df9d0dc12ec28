package core

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What a later release keeps in the record is kept by this one, whoever writes the
// row; metadata that is replaced leaves the record alone.
func TestClientRecord_outlivesMetadataAndReleases(t *testing.T) {
	var c Client
	later := `{"v":9,"client_name":"Old","disabled_reason":"spam","disabled_by":"ola","used_at":"2026-05-01T09:00:00Z","quarantined_until":"2027-01-01"}`
	if err := c.UnmarshalPayload([]byte(later)); err != nil {
		t.Fatal(err)
	}
	if c.Record.DisabledReason != "spam" || c.Record.UsedAt.IsZero() {
		t.Fatalf("%+v", c.Record)
	}
	c.ClientMetadata = ClientMetadata{Name: "New"}
	b, err := c.MarshalPayload()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"client_name":"New"`, `"disabled_reason":"spam"`, `"quarantined_until":"2027-01-01"`, `"used_at":"2026-05-01T09:00:00Z"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
}

// No name means one thing in the metadata and another in the record: encoding/json
// would leave both out.
func TestClientRecord_sharesNoName(t *testing.T) {
	full := clientPayload{ClientRecord: ClientRecord{
		DisabledReason: "r", DisabledBy: "b", DisabledAt: testAt, WaitingSince: testAt, WaitingFor: ID{1},
		ApprovedAt: testAt, ApprovedBy: "b", AdmittedAt: testAt, UsedAt: testAt,
	}}
	b, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 10 { // and token_endpoint_auth_method, which is always said
		t.Errorf("%s", b)
	}
}

func TestClientRecord_lastUsed(t *testing.T) {
	day := 24 * time.Hour
	change := NewID(testAt)
	for _, c := range []struct {
		record ClientRecord
		want   time.Time
	}{
		{ClientRecord{}, testAt.Truncate(time.Millisecond)},
		{ClientRecord{UsedAt: testAt.Add(-day)}, testAt.Add(-day)},
		{ClientRecord{UsedAt: testAt.Add(-day), AdmittedAt: testAt.Add(-2 * day)}, testAt.Add(-day)},
		{ClientRecord{UsedAt: testAt.Add(-3 * day), ApprovedAt: testAt.Add(-2 * day)}, testAt.Add(-2 * day)},
	} {
		client := Client{Row: Row{Change: change}, Record: c.record}
		if got := client.LastUsed(); !got.Equal(c.want) {
			t.Errorf("%+v: %v, want %v", c.record, got, c.want)
		}
	}
}
