package arch

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// CheckCode finds fenced blocks of Go that do not parse: as a file where they begin with a package clause, else as
// declarations or as statements. A block after the line <!-- from: a/file.go --> must stand in that file word for word, so
// that it compiles when the file does; this holds for every language.
func (p Pages) CheckCode() []Fault {
	var faults []Fault
	for _, page := range p.list {
		for _, block := range page.blocks {
			if why := p.wrong(block); why != "" {
				faults = append(faults, Fault{page.Name, block.line, why})
			}
		}
	}
	return faults
}

func (p Pages) wrong(block block) string {
	if block.from != "" {
		source, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(block.from)))
		if err != nil {
			return "the block is said to be from " + block.from + ", which does not exist"
		}
		if !strings.Contains(string(source), strings.TrimSpace(block.text)) {
			return "the block differs from " + block.from
		}
	}
	if block.language != "go" {
		return ""
	}
	if err := parse(block.text); err != nil {
		return "the block is not Go: " + err.Error()
	}
	return ""
}

// parse accepts a file, declarations or statements. Of the complaints it gives the one about the most likely form.
func parse(text string) error {
	accepts := func(source string) error {
		_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
		return err
	}
	if isFile(text) {
		return accepts(text)
	}
	declarations := accepts("package p;" + text)
	if declarations == nil || accepts("package p;func _() {\n"+text+"\n}") == nil {
		return nil
	}
	return declarations
}

// isFile says whether the first line that is neither blank nor a comment is a package clause.
func isFile(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			return strings.HasPrefix(line, "package ")
		}
	}
	return false
}
