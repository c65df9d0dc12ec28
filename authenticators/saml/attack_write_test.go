package saml

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files of testdata/attacks anew")

// longFile is from how many bytes on a document is packed.
const longFile = 32 << 10

// The files are what the lists of this package make. go test -run SAM_filesAreWritten
// -update writes them.
func TestSAM_filesAreWritten(t *testing.T) {
	metadata := []byte(keys().idp.metadata(keys().small))
	if *update {
		must(os.MkdirAll(attacksFolder, 0o755))
		must(os.WriteFile(filepath.Join(attacksFolder, "idp-metadata.xml"), metadata, 0o600))
	}
	all := attackFiles(t)
	slices.SortFunc(all, func(a, b attackFile) int { return strings.Compare(a.File, b.File) })
	if *update {
		writeAttacks(t, all)
	}
	var index bytes.Buffer
	index.WriteString("[\n")
	for n, a := range all {
		line, err := json.Marshal(a)
		must(err)
		index.WriteString("  ")
		index.Write(line)
		index.WriteString(map[bool]string{true: "\n", false: ",\n"}[n == len(all)-1])
		if !a.random && readAttack(t, a.File) != a.document {
			t.Errorf("%s is not what is made now: -update", a.File)
		}
	}
	index.WriteString("]\n")
	if *update {
		must(os.WriteFile(filepath.Join(attacksFolder, attacksIndex), index.Bytes(), 0o600))
	}
	for file, want := range map[string][]byte{attacksIndex: index.Bytes(), "idp-metadata.xml": metadata} {
		if b, err := os.ReadFile(filepath.Join(attacksFolder, file)); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s is not what is made now: -update (%v)", file, err)
		}
	}
}

// writeAttacks replaces those that there were. What is random stays as it is.
func writeAttacks(t *testing.T, all []attackFile) {
	t.Helper()
	keep := map[string]bool{}
	for _, a := range all {
		keep[a.File] = true
		path := filepath.Join(attacksFolder, a.File)
		if _, err := os.Stat(path); a.random && err == nil {
			continue
		}
		b := []byte(a.document)
		if strings.HasSuffix(a.File, ".gz") {
			var packed bytes.Buffer
			w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
			must(err)
			_, err = w.Write(b)
			must(err)
			must(w.Close())
			b = packed.Bytes()
		}
		must(os.WriteFile(path, b, 0o600))
	}
	old, err := filepath.Glob(filepath.Join(attacksFolder, "S[AM]*"))
	must(err)
	for _, path := range old {
		if !keep[filepath.Base(path)] {
			must(os.Remove(path))
		}
	}
}

var noName = regexp.MustCompile(`[^a-z0-9.]+`)

// called is the file of a document: its row first, then what it is.
func (a attackFile) called(name, ending string) attackFile {
	id, what, _ := strings.Cut(name, " ")
	a.File = id
	if what != "" {
		a.File += "-" + strings.Trim(noName.ReplaceAllString(strings.ToLower(strings.ReplaceAll(what, " 000", "000")), "-"), "-.")
	}
	if a.File += ending; len(a.document) > longFile {
		a.File += ".gz"
	}
	return a
}

// refusedFile is a response that is refused.
func refusedFile(name, document string, signed Signed, why reason) attackFile {
	return attackFile{Kind: "response", Signed: signed, Outcome: "refused", Reason: why, document: document}.called(name, ".xml")
}

func attackFiles(t *testing.T) []attackFile {
	w, r := attackWorld(t, ""), attackRequest()
	all := append(goodFiles(w, r), wrappedFiles(w, r)...)
	for _, list := range [][]attack{timeAttacks(), addressAttacks(), requestAttacks(), signatureAttacks()} {
		for _, a := range list {
			if a.terms == nil { // another service would need them too
				all = append(all, refusedFile(a.name, a.answer(w, r), SignedAssertion, a.why))
			}
		}
	}
	for name, d := range hostileDocuments(w.good(r)) {
		all = append(all, refusedFile(name, d.document, SignedAssertion, d.why))
	}
	for name, sealed := range brokenCiphers(w.idp.sign(w.assertion(r))) {
		a := refusedFile("SAM21 "+name, w.response(r, sealed), SignedAssertion, reasonEncryption)
		a.random = true
		all = append(all, a)
	}
	return append(append(all, logoutFiles(w)...), metadataFiles()...)
}

// goodFiles are accepted, those of which less is taken than they say among them.
func goodFiles(w *world, r request) []attackFile {
	good := func(name, document string, signed Signed, outcome string) attackFile {
		return attackFile{Kind: "response", Signed: signed, Outcome: outcome, document: document}.called(name, ".xml")
	}
	signed := func(change func(string) string) string {
		return attack{unsigned: change}.answer(w, r)
	}
	sealed := good("good encrypted", w.response(r, encrypt(w.idp.sign(w.assertion(r)), keys().own, 32, sha256.New, sha256OAEP)), SignedAssertion, "accepted")
	sealed.random = true
	again := `<saml:AttributeValue>admin@example.com</saml:AttributeValue>`
	return []attackFile{
		good("good", w.good(r), SignedAssertion, "accepted"),
		good("good response signed", w.signedAs(r, SignedResponse), SignedResponse, "accepted"),
		good("good both signed", w.signedAs(r, SignedBoth), SignedBoth, "accepted"),
		sealed,
		good("SAM25 two addresses", signed(swap(mara+"</saml:AttributeValue>", mara+"</saml:AttributeValue>"+again)), SignedAssertion, "without address"),
		good("SAM25 an attribute twice", signed(swap("<saml:AttributeStatement>", `<saml:AttributeStatement><saml:Attribute Name="email">`+again+`</saml:Attribute>`)), SignedAssertion, "without address"),
		good("SAM25 role of an administrator", signed(swap("<saml:AttributeStatement>", `<saml:AttributeStatement><saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute>`)), SignedAssertion, "accepted"),
		good("SAM27 transient name", signed(swap("nameid-format:persistent", "nameid-format:transient")), SignedAssertion, "nobody"),
		refusedFile("SAM09 two signed assertions", w.response(r, w.idp.sign(w.assertion(r))+w.idp.sign(strings.Replace(w.assertion(r), `ID="a1"`, `ID="a2"`, 1))), SignedAssertion, reasonWrapped),
		refusedFile("SAM10 comment that ends the name at an administrator", swap(evil+".evil", evil+"<!-- -->.evil")(signed(swap("mara-7", evil+".evil.example"))), SignedAssertion, reasonMalformed),
		refusedFile("SAM18 nothing signed", w.response(r, w.assertion(r)), SignedAssertion, reasonUnsigned),
		refusedFile("SAM18 response signed but not its assertion", w.signedAs(r, SignedResponse), SignedAssertion, reasonUnsigned),
		refusedFile("SAM18 assertion signed but not the response", w.good(r), SignedResponse, reasonUnsigned),
		refusedFile("SAM18 assertion outside of what is signed", w.outside(r), SignedResponse, reasonWrapped),
		refusedFile("SAM22 SHA-1 for real", w.weak(r), SignedAssertion, reasonAlgorithm),
		refusedFile("SAM22 RSA of 1024 bits that the metadata lists", w.response(r, keys().small.sign(w.assertion(r))), SignedAssertion, reasonSignature),
		refusedFile("SM11 signed by another identity provider", w.response(r, keys().other.sign(w.assertion(r))), SignedAssertion, reasonSignature),
	}
}

// wrappedFiles have the eight wrappings for every place of the signature.
func wrappedFiles(w *world, r request) (all []attackFile) {
	for name, wrap := range wrappings() {
		for _, signed := range []Signed{SignedAssertion, SignedResponse, SignedBoth} {
			if signed != SignedAssertion && !strings.Contains(name, " XSW") {
				continue
			}
			suffix := map[Signed]string{SignedResponse: ", response signed", SignedBoth: ", both signed"}[signed]
			all = append(all, refusedFile(name+suffix, flat(wrap(tree(w.signedAs(r, signed)))), signed, reasonWrapped))
		}
	}
	return all
}

func logoutFiles(w *world) []attackFile {
	bomb := w.idp.query(strings.Repeat(" ", 5<<20), "")
	all := []attackFile{
		attackFile{Kind: "logout", Outcome: "accepted", document: w.idp.sign(w.logoutRequest())}.called("good logout", ".xml"),
		attackFile{Kind: "logout", Outcome: "another session", document: w.idp.sign(strings.Replace(w.logoutRequest(), ">s1<", ">s2<", 1))}.called("SAM19 logout of another session", ".xml"),
		attackFile{Kind: "redirect", Outcome: "accepted", document: w.idp.query(w.logoutRequest(), "")}.called("good logout", ".query"),
		attackFile{Kind: "redirect", Outcome: "refused", Reason: reasonSize, document: bomb}.called("SAM20 deflate bomb that was signed", ".query"),
	}
	for name, d := range w.forgedLogouts() {
		all = append(all, attackFile{Kind: "logout", Outcome: "refused", Reason: d.why, document: d.document}.called("SAM19 logout "+name, ".xml"))
	}
	return all
}

// metadataFiles are read as the metadata of one entity.
func metadataFiles() (all []attackFile) {
	good := keys().idp.metadata()
	documents := metadataDocuments()
	maps.DeleteFunc(documents, func(name string, d metadataDocument) bool {
		return d.says == "" || d.entityID != "" && d.entityID != entity || name == "which of several" || name == "without a name"
	})
	documents["SAM26 another entity"] = metadataDocument{document: strings.Replace(good, entity, "https://evil.example", 1)}
	documents["SAM26 expired"] = metadataDocument{document: strings.Replace(good, "<md:EntityDescriptor ", `<md:EntityDescriptor validUntil="2026-02-01T00:00:00Z" `, 1)}
	for name, d := range documents {
		a := attackFile{Kind: kindOf(d.signers), Outcome: "refused", Reason: reasonMetadata, document: d.document}
		switch d.says {
		case "unsigned", "signature", "size":
			a.Reason = reason(d.says)
		case "document type":
			a.Reason = reasonMalformed
		}
		id, what, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(id, "SAM2") && id != "XSS07" {
			id, what = "SAM26", name
		}
		all = append(all, a.called(id+" metadata "+what, ".xml"))
	}
	return append(all, attackFile{Kind: "signed metadata", Outcome: "accepted", document: keys().other.sign(good)}.called("good metadata", ".xml"))
}

func kindOf(signers []*x509.Certificate) string {
	if len(signers) > 0 {
		return "signed metadata"
	}
	return "metadata"
}
