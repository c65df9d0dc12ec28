package ui

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/keywright/keywright/core"
)

// look is what of a brand becomes a stylesheet. It is small enough to be spelt
// in the name of that stylesheet, so any replica can make it again.
type look struct {
	accent, accentDark, ground, groundDark *colour
	radius                                 int // -1 is the default
	noBlade                                bool
}

// readLook parses a brand. It says what it could not use.
func readLook(b core.Brand) (look, []string) {
	l := look{radius: -1, noBlade: b.NoBlade}
	var told []string
	for _, c := range [...]struct {
		what, given string
		into        **colour
	}{
		{"accent", b.Accent, &l.accent}, {"dark accent", b.AccentDark, &l.accentDark},
		{"ground", b.Ground, &l.ground}, {"dark ground", b.GroundDark, &l.groundDark},
	} {
		if c.given == "" {
			continue
		}
		parsed, ok := parseColour(c.given)
		if !ok {
			told = append(told, fmt.Sprintf("The %s is not a colour such as #0b5a6a. The default is kept.", c.what))
			continue
		}
		*c.into = &parsed
	}
	if b.Radius != nil && (*b.Radius < 0 || *b.Radius > 20) {
		told = append(told, "The radius is not between 0 and 20. The default is kept.")
	} else if b.Radius != nil {
		l.radius = *b.Radius
	}
	return l, told
}

func (l look) plain() bool { return l == look{radius: -1} }

// code spells a look: four colours, radius, blade. "x" is the default.
func (l look) code() string {
	parts := make([]string, 0, 6)
	for _, c := range [...]*colour{l.accent, l.accentDark, l.ground, l.groundDark} {
		if c == nil {
			parts = append(parts, "x")
		} else {
			parts = append(parts, c.String()[1:])
		}
	}
	radius, blade := "x", "x"
	if l.radius >= 0 {
		radius = strconv.Itoa(l.radius)
	}
	if l.noBlade {
		blade = "0"
	}
	return strings.Join(append(parts, radius, blade), "-")
}

// parseLook reads what code wrote and nothing else.
func parseLook(code string) (look, bool) {
	l := look{radius: -1}
	parts := strings.Split(code, "-")
	if len(parts) != 6 {
		return l, false
	}
	for i, into := range [...]**colour{&l.accent, &l.accentDark, &l.ground, &l.groundDark} {
		if c, ok := parseColour("#" + parts[i]); ok {
			*into = &c
		}
	}
	if n, err := strconv.Atoi(parts[4]); err == nil && n >= 0 && n <= 20 {
		l.radius = n
	}
	l.noBlade = parts[5] == "0"
	return l, l.code() == code && !l.plain()
}

// stylesheet writes the brand's properties and nothing else, each value written
// anew from numbers. It says what the guard moved.
func (l look) stylesheet() (string, []string) {
	var b strings.Builder
	lightPalette, told := lightMode().guard(l.accent, l.ground)
	dark := l.accentDark
	if dark == nil && l.accent != nil {
		c := darkAccent(*l.accent)
		dark = &c
	}
	darkPalette, more := darkMode().guard(dark, l.groundDark)
	b.WriteString(":root{")
	l.writeColours(&b, lightPalette)
	if l.radius >= 0 {
		fmt.Fprintf(&b, "--kw-radius:%dpx;", l.radius)
	}
	b.WriteString("}\n@media (prefers-color-scheme:dark){:root{")
	l.writeColours(&b, darkPalette)
	b.WriteString("}}\n")
	return b.String(), append(told, more...)
}

// writeColours writes all colours of a mode as soon as a brand gives one in any:
// what this sheet says for light would otherwise win over the default for dark.
func (l look) writeColours(b *strings.Builder, p palette) {
	given := l.accent != nil || l.accentDark != nil || l.ground != nil || l.groundDark != nil
	if given {
		fmt.Fprintf(b, "--kw-accent:%s;--kw-on-accent:%s;--kw-accent-ink:%s;--kw-accent-soft:%s;--kw-press:%s;--kw-ground:%s;",
			p.accent, p.onAccent, p.ink, p.soft, p.press, p.ground)
	}
	switch {
	case l.noBlade:
		b.WriteString("--kw-blade:transparent;")
	case given:
		fmt.Fprintf(b, "--kw-blade:%s;", p.blade)
	}
}

// maxBrands bounds the memory for generated stylesheets.
const maxBrands = 256

// brandCache remembers generated stylesheets and the looks they came from. It
// may forget any of them: they are made again from the brand or from the name.
type brandCache struct {
	mu     sync.RWMutex
	names  map[string]string // look.code() to asset name
	sheets map[string][]byte // asset name to stylesheet
}

// name of the stylesheet for a brand; empty if it changes nothing.
func (c *brandCache) name(b core.Brand) string {
	if b.Accent == "" && b.AccentDark == "" && b.Ground == "" && b.GroundDark == "" && b.Radius == nil && !b.NoBlade {
		return ""
	}
	l, _ := readLook(b)
	if l.plain() {
		return ""
	}
	code := l.code()
	c.mu.RLock()
	name, ok := c.names[code]
	c.mu.RUnlock()
	if !ok {
		name = c.keep(l, code)
	}
	return name
}

func (c *brandCache) keep(l look, code string) string {
	css, _ := l.stylesheet()
	name := "brand-" + code + "." + shortHash([]byte(css)) + ".css"
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.names) >= maxBrands || c.names == nil {
		c.names, c.sheets = map[string]string{}, map[string][]byte{}
	}
	c.names[code], c.sheets[name] = name, []byte(css)
	return name
}

// byName makes the stylesheet that a name spells. A name whose hash is not that
// of the stylesheet was not handed out by this version of the pages.
func (c *brandCache) byName(name string) ([]byte, bool) {
	c.mu.RLock()
	css, ok := c.sheets[name]
	c.mu.RUnlock()
	if ok {
		return css, true
	}
	code, found := strings.CutPrefix(name, "brand-")
	code, _, cut := strings.Cut(code, ".")
	l, ok := parseLook(code)
	if !found || !cut || !ok {
		return nil, false
	}
	sheet, _ := l.stylesheet()
	if name != "brand-"+code+"."+shortHash([]byte(sheet))+".css" {
		return nil, false
	}
	return []byte(sheet), true
}
