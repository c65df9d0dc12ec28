// Package qr draws QR codes as paths of SVG: no picture to load, sharp at every
// size, in the colours of the page.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// Code is a QR code as a drawing.
type Code struct {
	// Size is the width of the drawing in modules, with the quiet zone around it
	// (ISO/IEC 18004 section 6.3.8: four modules).
	Size int
	// Path is the value of an SVG path's d: the dark modules. It holds letters,
	// digits, blanks and minus signs only.
	Path string
}

const quiet = 4 // modules

// Draw encodes text at error correction level M. It fails for what is too long for
// a QR code: about 2300 bytes.
func Draw(text string) (Code, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return Code{}, fmt.Errorf("qr: %w", err)
	}
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			from := x
			for x < c.Size && c.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	return Code{Size: c.Size + 2*quiet, Path: b.String()}, nil
}
