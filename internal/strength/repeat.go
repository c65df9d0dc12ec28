package strength

import "math"

// copies tells for each two places of a text how many runes from there on are equal.
type copies struct {
	equal  [maxRunes + 1][maxRunes + 1]uint8
	length int
}

// copiesIn looks at the first maxRunes runes.
func copiesIn(text []rune) *copies {
	c := &copies{length: min(len(text), maxRunes)}
	for i := c.length - 1; i >= 0; i-- {
		for j := i - 1; j >= 0; j-- {
			if text[i] == text[j] {
				c.equal[i][j] = c.equal[i+1][j+1] + 1
			}
		}
	}
	return c
}

// least length of a copy that is no chance.
const leastCopy = 3

// from finds what stands before start and is written again there. A text that goes on repeating itself costs the number of
// times; another copy costs where it is taken from and how long it is.
func (c *copies) from(start int, offer found) {
	for earlier := range min(start, c.length) {
		length, distance := int(c.equal[start][earlier]), start-earlier
		if length < leastCopy && length < distance {
			continue
		}
		whole, rest := length/distance, length%distance
		if whole > 0 {
			offer(start+whole*distance, 1+math.Log2(float64(whole)))
		}
		switch {
		case rest > 0 && whole > 0:
			offer(start+length, 1+math.Log2(float64(whole))+math.Log2(float64(distance)))
		case rest > 0:
			offer(start+length, math.Log2(float64(distance))+math.Log2(float64(length)))
		}
	}
}
