package ui

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/keywright/keywright/core"
)

// Page writes one whole HTML document. Nothing reaches w if a template fails.
func (u *UI) Page(_ context.Context, w io.Writer, p core.Page) error {
	t := u.templates.pages[p.Name]
	if t == nil {
		return fmt.Errorf("page %q has no template: add pages/%s.html to Options.Templates", p.Name, p.Name)
	}
	v := u.view(&p)
	if p.Name == core.PageAutoPost && (p.Post == nil || v.PostURL() == "") {
		return fmt.Errorf("page %q has no address that a form may be posted to", p.Name)
	}
	buf, _ := u.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = bytes.NewBuffer(make([]byte, 0, 8<<10))
	}
	defer u.buffers.Put(buf)
	buf.Reset()
	if err := t.Execute(buf, v); err != nil {
		return fmt.Errorf("page %q: %w", p.Name, err)
	}
	_, err := w.Write(buf.Bytes())
	return err
}

// view prepares what the templates of one page ask for.
func (u *UI) view(p *core.Page) *view {
	v := &view{
		Page:    p,
		u:       u,
		speaker: speaker{locale: u.choose(p.Locales), brand: p.Brand.Texts},
		fields:  pageFields[p.Name],
	}
	if p.Name == core.PageProfile {
		v.fields = append(v.customFields(p), pageFields[core.PageTerms]...)
	}
	v.Product = CleanName(p.Brand.Name)
	if v.Product == "" {
		v.Product = "Keywright"
	}
	v.sortProblems()
	v.Title = v.title()
	return v
}

// title of the document: the page, then the product; "Error:" first after a
// failed submit.
func (v *view) title() string {
	id := v.Page.Name + ".title"
	if v.Page.Name == core.PageFault {
		id = v.errorID()
	}
	if v.Page.Name == core.PageApproval && v.Arg("asked") {
		id = "approval.title_asked"
	}
	if v.Page.Name == core.PageAct {
		id = "act." + v.Act() + ".title"
	}
	if v.Page.Consent != nil && v.Page.Consent.Unverified {
		id = "consent.title_unverified"
	}
	title := v.text(id, v.value)
	if v.failed {
		title = v.text("page.error", func(string) any { return plainText(title) })
	}
	return title + " – " + v.Product
}
