package saml

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// The files of testdata/attacks are what the lists of this package hold, for
// whoever wants to hold another service against them: its README.md says how.

// attackFile is a line of index.json.
type attackFile struct {
	File string `json:"file"`
	// Kind is how it comes: "response" and "logout" by POST, "redirect" as a query,
	// "metadata" from an administrator, "signed metadata" where the key other.pem has
	// to have signed it.
	Kind string `json:"kind"`
	// Signed is what the service asks of a response.
	Signed Signed `json:"signed,omitempty"`
	// Outcome is "refused", or "accepted": "without address", as "nobody" who could be
	// known again, or as it is. "another session" ends that one and no other.
	Outcome string `json:"outcome"`
	Reason  reason `json:"reason,omitempty"`

	document string
	random   bool // other bytes each time that it is made
}

var attacksFolder = filepath.Join("testdata", "attacks")

const attacksIndex = "index.json"

// attackRequest is the request that every response there answers.
func attackRequest() request {
	return request{element: tree(`<x ID="_attack-request"/>`), relay: "state-1"}
}

// attackWorld is a service at noon that knows the identity provider of the files
// and waits for the answer to that request.
func attackWorld(t *testing.T, signed Signed) *world {
	t.Helper()
	metadata, err := os.ReadFile(filepath.Join(attacksFolder, "idp-metadata.xml"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(i *IdentityProvider) { i.Metadata, i.Signed = metadata, signed })
	r := attackRequest()
	w.notes, err = notes{Asked: &asked{ID: r.id(), State: r.relay, At: noon()}}.bytes()
	must(err)
	return w
}

func readIndex(t *testing.T) (all []attackFile) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(attacksFolder, attacksIndex))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// readAttack reads a file; a long one is packed.
func readAttack(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(attacksFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(file, ".gz") {
		return string(b)
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	must(err)
	b, err = io.ReadAll(r)
	must(err)
	return string(b)
}

// Each file does what its line says, for the reason that it says.
func TestSAM_files(t *testing.T) {
	for _, a := range readIndex(t) {
		t.Run(a.File, func(t *testing.T) {
			document := readAttack(t, a.File)
			switch a.Kind {
			case "response":
				a.bring(t, document)
			case "logout":
				a.signOut(t, byPost(document))
			case "redirect":
				a.signOut(t, byQuery(document))
			case "metadata", "signed metadata":
				a.describe(t, document)
			default:
				t.Errorf("kind %q", a.Kind)
			}
		})
	}
}

func (a attackFile) bring(t *testing.T, document string) {
	w := attackWorld(t, a.Signed)
	reply := w.bring(attackRequest(), document)
	if a.Outcome == "refused" {
		w.refused(reply, a.Reason)
		if len(w.used) != 0 {
			t.Error("it used something up")
		}
		return
	}
	i := w.identified(reply)
	want := map[string]string{"accepted": mara + " true", "without address": " true", "nobody": mara + " false"}[a.Outcome]
	if got := fmt.Sprint(i.Profile.Email, " ", i.Stable); got != want || len(i.Profile.Claims) > 0 {
		t.Errorf("%q, want %q; claims %v", got, want, i.Profile.Claims)
	}
	w.notes = nil
	w.refused(w.bring(attackRequest(), document), reasonRequest) // SAM23
}

func (a attackFile) signOut(t *testing.T, brought core.Returned) {
	w := attackWorld(t, "")
	reply, err := w.notice(brought)
	a.judge(t, err)
	ends := ""
	if reply.SignOut != nil {
		ends = reply.SignOut.SessionIndex
	}
	if want := map[string]string{"accepted": "s1", "another session": "s2"}[a.Outcome]; ends != want {
		t.Errorf("ends session %q, want %q", ends, want)
	}
}

func (a attackFile) describe(t *testing.T, document string) {
	signers := certificates()
	if a.Kind == "signed metadata" {
		signers = append(signers, keys().other.certificate)
	}
	known, err := parseMetadata([]byte(document), entity, signers)
	if err == nil && !known.usable(noon()) {
		err = refuse(reasonMetadata, "ended at %s", known.until)
	}
	a.judge(t, err)
}

func (a attackFile) judge(t *testing.T, err error) {
	t.Helper()
	var r *refusal
	if got := errors.As(err, &r); a.Outcome != "refused" && err != nil || a.Outcome == "refused" && (!got || r.reason != a.Reason) {
		t.Errorf("%v, want %s %s", err, a.Outcome, a.Reason)
	}
}

// notInAFile are the rows of the threat list that no document shows: what is
// hostile is what stands around it.
func notInAFile() map[string]string {
	return map[string]string{
		"SAM17": "RelayState is a field beside the document: TestSAM17_relayState",
		"SAM23": "any good answer, twice: TestSAM_files does so with those that are accepted, TestSAM23_parallel with many at once",
		"SAM28": "how the form carries a document: TestSAM28_base64",
	}
}

// Every row of the threat list has a file, or a test that does without. Every file
// is in the index.
func TestSAM_everyRowHasAFile(t *testing.T) {
	shown, listed := map[string]bool{}, map[string]bool{}
	for _, a := range readIndex(t) {
		id, _, _ := strings.Cut(a.File, "-")
		shown[id], listed[a.File] = true, true
	}
	without := notInAFile()
	for n := range 28 {
		id := fmt.Sprintf("SAM%02d", n+1)
		if shown[id] == (without[id] != "") {
			t.Errorf("%s: in a file %t, without one: %q", id, shown[id], without[id])
		}
	}
	must(fs.WalkDir(os.DirFS(attacksFolder), ".", func(path string, d fs.DirEntry, err error) error {
		other := path == attacksIndex || path == "README.md" || path == ".gitattributes" || path == "idp-metadata.xml" || strings.HasPrefix(path, "keys/")
		if err == nil && !d.IsDir() && !other && !listed[path] {
			t.Errorf("%s is not in the index", path)
		}
		return err
	}))
}
