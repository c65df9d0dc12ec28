package dialogue

import "strings"

// section is one file of the archive: a request or an answer.
type section struct{ name, text string }

// archive is a whole dialogue in the form of txtar: a comment, then sections.
type archive struct {
	comment  string
	sections []section
}

func parseArchive(text string) archive {
	var a archive
	into := &a.comment
	for line := range strings.Lines(text) {
		name, is := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
		if name, end := strings.CutSuffix(name, " --"); is && end {
			a.sections = append(a.sections, section{name: strings.TrimSpace(name)})
			into = &a.sections[len(a.sections)-1].text
			continue
		}
		*into += line
	}
	return a
}

func (a archive) String() string {
	var b strings.Builder
	b.WriteString(closed(a.comment))
	for _, s := range a.sections {
		b.WriteString("-- " + s.name + " --\n" + closed(strings.TrimRight(s.text, "\n")))
		if s.name == "answer" {
			b.WriteString("\n") // air before what is asked next
		}
	}
	return b.String()
}

// closed ends a text that is not empty with a line break.
func closed(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
