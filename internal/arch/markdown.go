package arch

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// A Page is one Markdown file.
type Page struct {
	Name   string // slash-separated, from the root of the tree
	prose  []prose
	blocks []block
}

// prose is a line outside fenced blocks.
type prose struct {
	line int
	text string
}

// block is a fenced block.
type block struct {
	line     int    // of the opening fence
	language string // what stands behind the fence
	from     string // the file that the comment before it names, if any
	text     string
}

// Pages are all Markdown files below a folder.
type Pages struct {
	root string
	list []Page
}

// ReadPages reads every Markdown file below root, leaving out what Read leaves out.
func ReadPages(root string) (Pages, error) {
	pages := Pages{root: root}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != root && ignored(entry) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() || filepath.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		pages.list = append(pages.list, parsePage(filepath.ToSlash(relative), string(text)))
		return err
	})
	return pages, err
}

var (
	fence = regexp.MustCompile("^ {0,3}(```+|~~~+)\\s*([^`\\s]*)")
	from  = regexp.MustCompile(`^<!-- from: (\S+) -->$`)
)

func parsePage(name, text string) Page {
	page := Page{Name: name}
	var open *block
	var closing, source string
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if open != nil {
			if strings.HasPrefix(strings.TrimSpace(line), closing) {
				page.blocks = append(page.blocks, *open)
				open = nil
			} else {
				open.text += line + "\n"
			}
			continue
		}
		if marks := fence.FindStringSubmatch(line); marks != nil {
			open, closing = &block{line: number, language: marks[2], from: source}, marks[1]
			source = ""
			continue
		}
		source = ""
		if named := from.FindStringSubmatch(line); named != nil {
			source = named[1]
		}
		page.prose = append(page.prose, prose{number, line})
	}
	if open != nil {
		page.blocks = append(page.blocks, *open)
	}
	return page
}

var (
	span       = regexp.MustCompile("`[^`]*`")
	inline     = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	definition = regexp.MustCompile(`^\s{0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)`)
	attribute  = regexp.MustCompile(`(?:src|href|srcset)="([^"]+)"`)
)

// CheckLinks finds relative links to a file, a folder or a heading that does not exist. Targets which the list of awaited
// names (from the root) are still to come; one that has come is a fault, so that the list shrinks.
func (p Pages) CheckLinks(awaited ...string) []Fault {
	var faults []Fault
	for _, page := range p.list {
		for _, prose := range page.prose {
			text := span.ReplaceAllString(prose.text, "")
			for _, pattern := range []*regexp.Regexp{inline, definition, attribute} {
				for _, found := range pattern.FindAllStringSubmatch(text, -1) {
					if why := p.broken(page, found[1], awaited); why != "" {
						faults = append(faults, Fault{page.Name, prose.line, "links to " + found[1] + ", " + why})
					}
				}
			}
		}
	}
	for _, name := range awaited {
		if p.exists(name) {
			faults = append(faults, Fault{File: name, What: "has come, so it need not be awaited any longer"})
		}
	}
	return faults
}

var scheme = regexp.MustCompile(`^([a-z][a-z0-9+.-]*:|//)`)

// broken says why a link leads nowhere; nothing if it leads somewhere, or out of the tree by URL.
func (p Pages) broken(page Page, link string, awaited []string) string {
	if scheme.MatchString(link) {
		return ""
	}
	target, heading, _ := strings.Cut(link, "#")
	name := page.Name
	if target != "" {
		name = path.Join(path.Dir(page.Name), target)
	}
	for _, coming := range awaited {
		if name == coming {
			return ""
		}
	}
	if strings.HasPrefix(name, "../") || path.IsAbs(target) {
		return "which is outside the repository"
	}
	if !p.exists(name) {
		return "which does not exist"
	}
	if heading != "" && path.Ext(name) == ".md" && !p.hasHeading(name, heading) {
		return "which has no such heading"
	}
	return ""
}

func (p Pages) exists(name string) bool {
	_, err := os.Stat(filepath.Join(p.root, filepath.FromSlash(name)))
	return err == nil
}

var (
	title      = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	unsluggish = regexp.MustCompile(`[^\p{L}\p{N}\p{M}_ -]`)
)

// hasHeading compares as the usual forges make anchors from headings: lower case, no punctuation, hyphens for blanks.
func (p Pages) hasHeading(name, heading string) bool {
	for _, page := range p.list {
		for _, prose := range page.prose {
			if found := title.FindStringSubmatch(prose.text); page.Name == name && found != nil {
				slug := strings.ReplaceAll(unsluggish.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-")
				if slug == heading {
					return true
				}
			}
		}
	}
	return false
}

// file matches what reads as the path of a file of ours.
var file = regexp.MustCompile(`^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*\.(go|md|sql|sh|txtar|yaml|yml|json|html|css|js|mod)$`)

// CheckNamedFiles finds file names in code spans (`core/grant.go`) that do not exist, neither from the root nor from the
// page's folder. A name without a folder, or in a folder that does not exist yet, is not judged. Pages of history, which
// speak of what has gone, are left out by name.
func (p Pages) CheckNamedFiles(history ...string) []Fault {
	var faults []Fault
	for _, page := range p.list {
		if allowed(history, page.Name) {
			continue
		}
		for _, prose := range page.prose {
			for _, quoted := range span.FindAllString(prose.text, -1) {
				name := strings.Trim(quoted, "`")
				if !file.MatchString(name) || !strings.Contains(name, "/") || !p.exists(path.Dir(name)) {
					continue
				}
				if !p.exists(name) && !p.exists(path.Join(path.Dir(page.Name), name)) {
					faults = append(faults, Fault{page.Name, prose.line, "names " + name + ", which does not exist"})
				}
			}
		}
	}
	return faults
}
