package arch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/arch"
)

func readPages(t *testing.T, files map[string]string) arch.Pages {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		write(t, root, name, text)
	}
	pages, err := arch.ReadPages(root)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	name = filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCheckLinks(t *testing.T) {
	const other = "# One thing, `named`: and another\n"
	for name, c := range map[string]struct {
		text, want string
	}{
		"a file beside":          {"[a](other.md)", ""},
		"a folder above":         {"[a](../docs)", ""},
		"a heading":              {"[a](other.md#one-thing-named-and-another)", ""},
		"a heading of its own":   {"# Here\n[a](#here)", ""},
		"an address":             {"[a](https://example.org/x) [b](mailto:x@example.org)", ""},
		"what is still to come":  {"![a](images/later.png)", ""},
		"a link in a code span":  {"`[a](none.md)`", ""},
		"a link in a block":      {"```\n[a](none.md)\n```", ""},
		"a file that is missing": {"text\n[a](none.md)", "docs/a.md:2: links to none.md, which does not exist"},
		"a missing heading":      {"[a](other.md#two)", "docs/a.md:1: links to other.md#two, which has no such heading"},
		"a missing definition":   {"[a]\n\n[a]: none.md", "docs/a.md:3: links to none.md, which does not exist"},
		"a missing picture":      {`<img alt="" src="none.png">`, "docs/a.md:1: links to none.png, which does not exist"},
		"a file outside":         {"[a](../../x.md)", "docs/a.md:1: links to ../../x.md, which is outside"},
		"an absolute path":       {"[a](/docs/other.md)", "docs/a.md:1: links to /docs/other.md, which"},
	} {
		t.Run(name, func(t *testing.T) {
			pages := readPages(t, map[string]string{"docs/a.md": c.text, "docs/other.md": other})
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			expect(t, pages.CheckLinks("docs/images/later.png"), want...)
		})
	}
	pages := readPages(t, map[string]string{"a.md": "[b](b.md)", "b.md": ""})
	expect(t, pages.CheckLinks("b.md"), "b.md: has come")
}

func TestCheckNamedFiles(t *testing.T) {
	pages := readPages(t, map[string]string{
		"core/grant.go": "",
		"docs/x.md":     "`core/grant.go` `grant.go` `core/grant_<type>.go` `later/a.go` `../core/grant.go`\n`core/grnat.go` core/other.go",
		"HISTORY.md":    "`core/gone.go`",
	})
	expect(t, pages.CheckNamedFiles("HISTORY.md"), "docs/x.md:2: names core/grnat.go, which does not exist")
}

func TestCheckCode(t *testing.T) {
	const program = "package main\n\nfunc main() {\n}\n"
	for name, c := range map[string]struct {
		text, want string
	}{
		"a file":                  {"```go\n" + program + "```", ""},
		"declarations":            {"```go\ntype A interface {\n\tB()\n}\n```", ""},
		"statements":              {"```go\na := b()\nif a {\n}\n```", ""},
		"another language":        {"```sh\nmake {\n```", ""},
		"a broken file":           {"```go\n// x\npackage main\n\nfunc main() {\n```", "a.md:1: the block is not Go: "},
		"broken statements":       {"```go\na := := b\n```", "a.md:1: the block is not Go: "},
		"what stands in its file": {"<!-- from: main.go -->\n```go\n" + program + "```", ""},
		"a part of its file":      {"<!-- from: main.go -->\n```go\nfunc main() {\n}\n```", ""},
		"what differs":            {"<!-- from: main.go -->\n```go\nfunc main() {\n\n}\n```", "a.md:2: the block differs from main.go"},
		"a file that is missing":  {"<!-- from: none.go -->\n```go\nfunc main() {\n}\n```", "a.md:2: the block is said to be from none.go"},
	} {
		t.Run(name, func(t *testing.T) {
			pages := readPages(t, map[string]string{"a.md": c.text, "main.go": program})
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			expect(t, pages.CheckCode(), want...)
		})
	}
}

// FuzzPages reads any text as a page: no page may stop the checks.
func FuzzPages(f *testing.F) {
	f.Add("# A\n[a](b.md#c)\n\n<!-- from: x -->\n```go\nfunc\n```\n`a/b.go`\n")
	f.Add(strings.Repeat("`", 7) + "\n~~~\n[a]:  <b>")
	f.Fuzz(func(t *testing.T, text string) {
		pages := readPages(t, map[string]string{"a.md": text})
		pages.CheckLinks()
		pages.CheckNamedFiles()
		pages.CheckCode()
	})
}
