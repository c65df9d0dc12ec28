package strength

import (
	"math"
	"slices"
	"unicode"
)

// leastRun is the least length of a sequence or a run over the keyboard.
const leastRun = 3

// sequences finds letters or digits that follow each other in steps of one or two, up or down: abcd, 97531.
func sequences(text []rune, start int, offer found) {
	if len(text)-start < leastRun {
		return
	}
	step := text[start+1] - text[start]
	if step == 0 || step < -2 || step > 2 {
		return
	}
	bits := firstOf(text[start])
	if step != 1 {
		bits++
	}
	for end := start + 1; end < len(text) && text[end]-text[end-1] == step && alike(text[end], text[start]); end++ {
		if length := end + 1 - start; length >= leastRun {
			offer(end+1, bits+math.Log2(float64(length)))
		}
	}
}

// firstOf is what the start of a sequence is worth: most begin at an end of the alphabet or of the digits.
func firstOf(r rune) float64 {
	switch {
	case contains("az019", r):
		return 2
	case unicode.IsDigit(r):
		return digitBits
	case r < asciiLimit:
		return letterBits
	}
	return rareBits
}

func alike(a, b rune) bool {
	return (unicode.IsDigit(a) && unicode.IsDigit(b)) || (unicode.IsLetter(a) && unicode.IsLetter(b))
}

// keyboard has the lines along which fingers run: rows of three layouts, with the shift key, columns, the numeric
// pad, and two rows in turn. No line holds a key twice.
var keyboard = [][]rune{
	[]rune("1234567890-="), []rune("!@#$%^&*()_+"), []rune(`!"§$%&/()=?`),
	[]rune("qwertyuiop[]"), []rune("asdfghjkl;'"), []rune("zxcvbnm,./"),
	[]rune("qwertzuiopü"), []rune("asdfghjklöä"), []rune("yxcvbnm,.-"),
	[]rune("azertyuiop"), []rune("qsdfghjklm"), []rune("wxcvbn,;:"),
	[]rune("1qaz"), []rune("2wsx"), []rune("3edc"), []rune("4rfv"), []rune("5tgb"), []rune("6yhn"), []rune("7ujm"), []rune("8ik"), []rune("9ol"),
	[]rune("1qay"), []rune("6zhn"),
	[]rune("147"), []rune("258"), []rune("369"), []rune("789456123"),
	[]rune("1q2w3e4r5t6y7u8i9o0p"), []rune("q1w2e3r4t5y6u7i8o9p0"), []rune("1q2w3e4r5t6z7u8i9o0p"), []rune("qawsedrftgyhujikolp"),
}

// What a run over the keyboard is worth: which line (one of about twenty), and where in it unless at its end.
const (
	lineBits   = 4.3
	withinLine = 3.3
)

// keyboardRuns finds three or more neighbours of one line, in either direction.
func keyboardRuns(text []rune, start int, offer found) {
	for _, line := range keyboard {
		place := slices.Index(line, text[start])
		if place < 0 {
			continue
		}
		bits := lineBits
		if place > 0 && place < len(line)-1 {
			bits += withinLine
		}
		for _, step := range []int{1, -1} {
			length := 1
			for next := place + step; next >= 0 && next < len(line) && start+length < len(text) && text[start+length] == line[next]; next += step {
				if length++; length >= leastRun {
					offer(start+length, bits+math.Log2(float64(length)))
				}
			}
		}
	}
}
