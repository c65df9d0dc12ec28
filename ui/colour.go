package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// colour is an sRGB colour, 8 bits a channel, as it is written in a stylesheet.
type colour struct{ r, g, b uint8 }

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// parseColour reads "#rgb" or "#rrggbb".
func parseColour(s string) (colour, bool) {
	hex, ok := strings.CutPrefix(strings.TrimSpace(s), "#")
	if ok && len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if !ok || len(hex) != 6 || err != nil {
		return colour{}, false
	}
	return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func encoded(x float64) uint8 {
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * min(max(x, 0), 1)))
}

// luminance as WCAG 2.2 defines it.
func (c colour) luminance() float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the WCAG ratio of two colours, 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// mix is what the stylesheet mixes in sRGB: share of a, the rest of b.
func mix(a, b colour, share float64) colour {
	one := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*share + float64(y)*(1-share))) }
	return colour{one(a.r, b.r), one(a.g, b.g), one(a.b, b.b)}
}

// oklch is a colour by lightness (0 to 1), chroma and hue (radians), in the
// space of Ottosson's OKLab.
type oklch struct{ l, c, h float64 }

func (c colour) oklch() oklch {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	a := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	v := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return oklch{0.2104542553*l + 0.7936177850*m - 0.0040720468*s, math.Hypot(a, v), math.Atan2(v, a)}
}

// rgb gives linear channels, which lie outside 0 to 1 where sRGB ends.
func (o oklch) rgb() (r, g, b float64) {
	x, y := o.c*math.Cos(o.h), o.c*math.Sin(o.h)
	l, m, s := o.l+0.3963377774*x+0.2158037573*y, o.l-0.1055613458*x-0.0638541728*y, o.l-0.0894841775*x-1.2914855480*y
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// colour keeps lightness and hue, and as much chroma as sRGB can show.
func (o oklch) colour() colour {
	fits := func(o oklch) bool {
		r, g, b := o.rgb()
		return min(r, g, b) >= -1e-4 && max(r, g, b) <= 1+1e-4
	}
	if !fits(o) {
		low, high := 0.0, o.c
		for range 18 {
			if o.c = (low + high) / 2; fits(o) {
				low = o.c
			} else {
				high = o.c
			}
		}
		o.c = low
	}
	r, g, b := o.rgb()
	return colour{encoded(r), encoded(g), encoded(b)}
}

// withLightness moves c to another lightness, hue kept.
func (c colour) withLightness(l float64) colour {
	o := c.oklch()
	o.l = min(max(l, 0), 1)
	return o.colour()
}

// move changes the lightness of c in small steps until good says yes; step is
// the direction. It ends at black or white.
func (c colour) move(step float64, good func(colour) bool) colour {
	if good(c) {
		return c
	}
	return c.moveFrom(c.oklch().l, step, good)
}

// moveFrom is move from another lightness.
func (c colour) moveFrom(l, step float64, good func(colour) bool) colour {
	for {
		moved := c.withLightness(l)
		if good(moved) || step < 0 && l <= 0 || step > 0 && l >= 1 {
			return moved
		}
		l += step
	}
}
