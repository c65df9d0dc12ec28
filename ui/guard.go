package ui

import (
	"fmt"

	"github.com/keywright/keywright/core"
)

// mode holds what the stylesheet fixes for light or dark, and which way a
// colour moves to stand out from the surface. A test compares it with
// keywright.css.
type mode struct {
	name                                    string
	surface, ink, muted, control            colour
	onDark                                  colour // text on a light accent
	accent, accentInk, soft, ground, hollow colour
	onAccent                                colour
	away                                    float64 // OKLCH step away from the surface
	softShare, bladeStep                    float64
}

func lightMode() mode {
	return mode{
		name: "light", surface: rgb(0xffffff), ink: rgb(0x13212a), muted: rgb(0x4b5a63), control: rgb(0x78868e), onDark: rgb(0x13212a),
		accent: rgb(0x0b5a6a), accentInk: rgb(0x0b5a6a), soft: rgb(0xe2eff1), ground: rgb(0xf0f3f3), hollow: rgb(0xe3e9ea), onAccent: rgb(0xffffff),
		away: -0.004, softShare: 0.12, bladeStep: -0.032,
	}
}

func darkMode() mode {
	return mode{
		name: "dark", surface: rgb(0x141d21), ink: rgb(0xe9f0f1), muted: rgb(0xa6b5bb), control: rgb(0x6f8089), onDark: rgb(0x05232a),
		accent: rgb(0x83cfdb), accentInk: rgb(0x83cfdb), soft: rgb(0x14323a), ground: rgb(0x0d1417), hollow: rgb(0x141d21), onAccent: rgb(0x05232a),
		away: 0.004, softShare: 0.20, bladeStep: 0.036,
	}
}

func rgb(n uint32) colour { return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)} }

// palette is what one mode of a brand becomes. press is what the accent is
// mixed with while a button is hovered or pressed.
type palette struct {
	accent, onAccent, ink, soft, press colour
	ground, blade                      colour
}

// guard applies the contrast guard for one mode (given colours may be nil). It
// says what it moved.
func (m mode) guard(accent, ground *colour) (palette, []string) {
	p := palette{accent: m.accent, onAccent: m.onAccent, ink: m.accentInk, soft: m.soft, press: m.ink, ground: m.ground, blade: m.hollow}
	var told []string
	if ground != nil {
		if contrast(m.muted, *ground) >= 4.5 && contrast(m.control, *ground) >= 3 {
			p.ground = *ground
			p.blade = ground.withLightness(ground.oklch().l + m.bladeStep)
		} else {
			told = append(told, fmt.Sprintf("The ground %s (%s) leaves quiet text at %.1f:1 and edges at %.1f:1. The default ground is kept.",
				ground, m.name, contrast(m.muted, *ground), contrast(m.control, *ground)))
		}
	}
	if accent == nil && ground == nil {
		return p, told
	}
	if accent == nil {
		accent = &m.accent
	}
	p.accent, p.onAccent, p.press = m.button(*accent)
	if p.accent != *accent {
		told = append(told, fmt.Sprintf("The accent %s (%s) does not stand out as a button. Buttons use %s (%.1f:1).",
			accent, m.name, p.accent, contrast(p.accent, m.surface)))
	}
	p.soft = mix(p.accent, m.surface, m.softShare)
	p.ink = accent.move(m.away, func(c colour) bool {
		return contrast(c, m.surface) >= 4.5 && contrast(c, p.ground) >= 4.5 && contrast(c, p.soft) >= 4.5
	})
	if p.ink != *accent {
		told = append(told, fmt.Sprintf("The accent %s (%s) is too faint for links. Links use %s (%.1f:1).",
			accent, m.name, p.ink, contrast(p.ink, m.surface)))
	}
	return p, told
}

// button moves an accent until it is seen on the surface (3:1) and one of the
// two inks can be read on it (4.5:1) at rest, hovered and pressed.
func (m mode) button(accent colour) (moved, on, press colour) {
	try := func(c colour) bool {
		moved, press = c, m.ink
		on = rgb(0xffffff)
		if contrast(m.onDark, c) > contrast(on, c) {
			on = m.onDark
		}
		// A hovered button moves away from its text, never towards it.
		if (m.ink.luminance() > c.luminance()) == (on.luminance() > c.luminance()) {
			press = m.surface
		}
		return contrast(c, m.surface) >= 3 && contrast(on, c) >= 4.5 &&
			contrast(on, mix(c, press, 0.88)) >= 4.5 && contrast(on, mix(c, press, 0.78)) >= 4.5
	}
	accent.move(m.away, try)
	return moved, on, press
}

// darkAccent is the dark accent of a brand that gives only a light one: the same
// hue, as light as 9:1 on the dark surface asks.
func darkAccent(light colour) colour {
	m := darkMode()
	return light.moveFrom(0.3, m.away, func(c colour) bool { return contrast(c, m.surface) >= 9 })
}

// CheckBrand says what the contrast guard moves in a brand, and which of its
// values cannot be used, in sentences for whoever sets it. None means that all
// is taken as it is.
func CheckBrand(b core.Brand) []string {
	look, told := readLook(b)
	_, more := look.stylesheet()
	told = append(told, more...)
	for _, id := range sortedKeys(b.Texts) {
		for _, lang := range sortedKeys(b.Texts[id]) {
			if _, err := parseMessage(b.Texts[id][lang]); err != nil {
				told = append(told, fmt.Sprintf("The text %s (%s) cannot be read: %v. The default text is kept.", id, lang, err))
			}
		}
	}
	for _, l := range [...]struct{ what, url string }{{"help", b.Help}, {"privacy", b.Privacy}} {
		if l.url != "" && outsideLink(l.url) == "" {
			told = append(told, fmt.Sprintf("The %s link is not an https address. It is not shown.", l.what))
		}
	}
	return told
}
