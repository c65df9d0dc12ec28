package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"

	"github.com/keywright/keywright/core"
)

// Namespaces of what is read.
const (
	nsProtocol   = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion  = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata   = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature  = "http://www.w3.org/2000/09/xmldsig#"
	nsEncryption = "http://www.w3.org/2001/04/xmlenc#"
	nsExclusive  = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// form is how much an XML document may hold.
type form struct {
	bytes, depth, elements, attributes int
	// remarks are comments and processing instructions: people leave them in
	// metadata, nobody needs them in a message.
	remarks bool
}

func messageForm() form {
	return form{bytes: core.MaxReturnBytes, depth: 32, elements: 5000, attributes: 64}
}

func metadataForm() form {
	return form{bytes: 1 << 20, depth: 32, elements: 20000, attributes: 64, remarks: true}
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	encoding  = regexp.MustCompile(`encoding\s*=\s*["']([^"']*)["']`)
)

// parse reads a document that keeps to the form. There is one tree for verifying
// and for reading (SM-04). A document type, an entity of one's own, a comment and
// a second element with the same id are refused, not worked around (SM-03, SM-05).
func parse(b []byte, f form) (_ *etree.Element, err error) {
	defer contained(&err)
	if len(b) > f.bytes {
		return nil, refuse(reasonSize, "%d bytes", len(b))
	}
	if !utf8.Valid(b) {
		return nil, refuse(reasonMalformed, "not UTF-8")
	}
	if err := check(b, f); err != nil {
		return nil, because(reasonMalformed, err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(b); err != nil {
		return nil, because(reasonMalformed, err)
	}
	if doc.Root() == nil || len(doc.ChildElements()) != 1 {
		return nil, refuse(reasonMalformed, "not one element")
	}
	return doc.Root(), nil
}

// check walks over the tokens before a tree is made of them.
func check(b []byte, f form) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	ids := map[string]bool{}
	depth, elements := 0, 0
	for first := true; ; first = false {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth, elements = depth+1, elements+1
			if depth > f.depth || elements > f.elements || len(token.Attr) > f.attributes {
				return refuse(reasonSize, "more depth, elements or attributes than a message has")
			}
			if err := checkElement(token, ids); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(token)) > 0 {
				return errors.New("text beside the root")
			}
		case xml.Directive:
			return errors.New("a document type")
		case xml.Comment:
			if !f.remarks {
				return errors.New("a comment")
			}
		case xml.ProcInst:
			if err := checkInstruction(token, first, f); err != nil {
				return err
			}
		}
	}
}

// checkElement refuses names that parsers read differently, and ids that are not
// unique. An id under any other spelling would be a second way to point at it.
func checkElement(e xml.StartElement, ids map[string]bool) error {
	if !plain(e.Name) {
		return fmt.Errorf("an element called %q", e.Name.Local)
	}
	seen := map[xml.Name]bool{}
	for _, a := range e.Attr {
		if !plain(a.Name) || seen[a.Name] {
			return fmt.Errorf("an attribute called %q", a.Name.Local)
		}
		seen[a.Name] = true
		if !strings.EqualFold(a.Name.Local, "id") || a.Name.Space == "xmlns" {
			continue
		}
		if a.Name.Space != "" || ids[a.Value] {
			return refuse(reasonWrapped, "an id that is not unique or has a prefix")
		}
		ids[a.Value] = true
	}
	return nil
}

func plain(n xml.Name) bool {
	return plainName.MatchString(n.Local) && (n.Space == "" || plainName.MatchString(n.Space))
}

// checkInstruction accepts the XML declaration, of UTF-8 alone.
func checkInstruction(p xml.ProcInst, first bool, f form) error {
	if p.Target != "xml" {
		if f.remarks {
			return nil
		}
		return errors.New("a processing instruction")
	}
	named := encoding.FindSubmatch(p.Inst)
	if !first || named != nil && !strings.EqualFold(string(named[1]), "utf-8") {
		return errors.New("an XML declaration that is not of UTF-8")
	}
	return nil
}

// is says whether an element has this name.
func is(e *etree.Element, ns, tag string) bool {
	return e != nil && e.Tag == tag && e.NamespaceURI() == ns
}

// children are the child elements with this name.
func children(e *etree.Element, ns, tag string) (all []*etree.Element) {
	for _, c := range e.ChildElements() {
		if is(c, ns, tag) {
			all = append(all, c)
		}
	}
	return all
}

// only is the one child with this name; nil where there is none or more.
func only(e *etree.Element, ns, tag string) *etree.Element {
	if e == nil {
		return nil
	}
	if all := children(e, ns, tag); len(all) == 1 {
		return all[0]
	}
	return nil
}

// attribute is the value of an attribute without a prefix; empty where there is
// none.
func attribute(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// text is all that is written in an element, or nothing where there is anything
// but text in it: never a part (SM-05).
func text(e *etree.Element) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range e.Child {
		switch c := c.(type) {
		case *etree.CharData:
			b.WriteString(c.Data)
		case *etree.Element:
			return ""
		}
	}
	return strings.TrimSpace(b.String())
}

// called lists all elements with this local name, in whatever namespace and
// however deep, the element itself included.
func called(e *etree.Element, tag string) (all []*etree.Element) {
	if e.Tag == tag {
		all = append(all, e)
	}
	for _, c := range e.ChildElements() {
		all = append(all, called(c, tag)...)
	}
	return all
}
