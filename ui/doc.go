// Package ui is the default look of the pages and mails: templates, one
// stylesheet, one small script and catalogues of messages. It implements
// [core.Pages] and asks nothing of the rest but that interface.
//
// Whatever a person reads comes from a message with an id; whatever a brand
// may change is a value that is parsed and written again from its parts.
// Templates, messages and assets can each be replaced file by file through
// [Options]; [UI.Start] checks what was replaced.
//
// Where to look:
//
//	ui.go            Options, New, Start
//	page.go          one page: from facts to bytes
//	view*.go         what templates can ask for
//	letter.go        mails
//	message.go       the syntax of messages; catalogue.go and locale.go choose them
//	name.go host.go  cleaning of what others chose; lookalike.go flags imitations
//	brand*.go        the generated stylesheet, contrast guard and colour arithmetic
//	overlay.go       checks of replaced templates
package ui
