package dialogue

import "strings"

// section is one file of the archive: a request or an answer.
type section struct{ name, text string }

// archive is a whole dialogue in the form of txtar: a comment, then sections.
type archive struct {
	comment  string
	sections []section
}

// exchange is a request with the answer that is written after it, if any is.
type exchange struct {
	asked section
	want  string
}

// exchanges pairs requests with their answers.
func (a archive) exchanges() (list []exchange) {
	for _, s := range a.sections {
		if last := len(list) - 1; s.name == "answer" && last >= 0 {
			list[last].want = s.text
			continue
		}
		list = append(list, exchange{asked: s})
	}
	return list
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
