package strength

// What a day, a month with a day, and a year are worth: one of 365, one of about a hundred.
const (
	dayBits       = 8.5
	yearBits      = 6.6
	separatorBits = 1.5 // that there are some, and which
)

const (
	firstYear = 1900
	lastYear  = 2049
	maxMonth  = 12
	maxDay    = 31
	yearWidth = 4 // of a year with its century
)

// number is some digits of a text.
type number struct{ value, width int }

// dates finds years, a day with a month, and whole dates in any order, with or without separators.
func dates(text []rune, start int, offer found) {
	group := digitsAt(text, start)
	for _, widths := range [][]int{{4}, {2, 2}, {2, 2, 2}, {2, 2, 4}, {4, 2, 2}} {
		parts := split(group, widths)
		if bits := dateBits(parts); bits > 0 {
			offer(start+total(widths), bits)
		}
	}
	separated(text, start, offer)
}

// separated finds dates whose three numbers have one symbol between them: 1.2.1990.
func separated(text []rune, start int, offer found) {
	var parts []number
	place := start
	var separator rune
	for len(parts) < 3 {
		digits := digitsAt(text, place)
		parts = append(parts, numberOf(digits))
		place += len(digits)
		if len(digits) == 0 || len(digits) > yearWidth || len(parts) == 3 || place == len(text) {
			break
		}
		if len(parts) == 1 {
			separator = text[place]
		}
		if text[place] != separator || !contains(".-/_ ,:", separator) {
			return
		}
		place++
	}
	if bits := dateBits(parts); len(parts) == 3 && bits > 0 {
		offer(place, bits+separatorBits)
	}
}

// digitsAt gives the digits from a place on, nine at most: more are no date.
func digitsAt(text []rune, start int) []rune {
	end := start
	for end < len(text) && end < start+9 && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	return text[start:end]
}

// split cuts digits into numbers of these widths. Too few digits give none.
func split(digits []rune, widths []int) []number {
	if total(widths) > len(digits) {
		return nil
	}
	parts := make([]number, 0, len(widths))
	for _, width := range widths {
		parts = append(parts, numberOf(digits[:width]))
		digits = digits[width:]
	}
	return parts
}

func total(widths []int) int {
	sum := 0
	for _, width := range widths {
		sum += width
	}
	return sum
}

func numberOf(digits []rune) number {
	n := number{width: len(digits)}
	for _, d := range digits {
		n.value = n.value*10 + int(d-'0')
	}
	return n
}

// dateBits is 0 if the numbers are no date.
func dateBits(parts []number) float64 {
	switch {
	case len(parts) == 1 && parts[0].year() && parts[0].width == yearWidth:
		return yearBits
	case len(parts) == 2 && dayOfYear(parts[0], parts[1]):
		return dayBits
	case len(parts) == 3 && parts[2].year() && dayOfYear(parts[0], parts[1]),
		len(parts) == 3 && parts[0].year() && dayOfYear(parts[1], parts[2]):
		return dayBits + yearBits
	}
	return 0
}

func (n number) year() bool {
	return n.width == 2 || (n.width == yearWidth && firstYear <= n.value && n.value <= lastYear)
}

func dayOfYear(a, b number) bool {
	return min(a.value, b.value) >= 1 && min(a.value, b.value) <= maxMonth && max(a.value, b.value) <= maxDay && max(a.width, b.width) <= 2
}
