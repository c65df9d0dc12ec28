package strength

import (
	_ "embed" // for the list of words
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordList string

// shortest is the least length of a word in the dictionary: shorter ones are worth no more than their letters.
const shortest = 3

type dictionary struct {
	ranks   map[string]uint16 // 1 is the most common
	longest int               // in bytes, which are runes here
}

// words reads the list when it is first needed: a provider without passwords never does.
var words = sync.OnceValue(func() dictionary { return parseWords(wordList) })

// parseWords reads one word a line, the most common first. Lines that begin with # are for readers.
func parseWords(list string) dictionary {
	d := dictionary{ranks: make(map[string]uint16, strings.Count(list, "\n"))}
	for line := range strings.Lines(list) {
		word := strings.TrimSpace(line)
		if word == "" || word[0] == '#' {
			continue
		}
		d.ranks[word] = uint16(min(len(d.ranks)+1, math.MaxUint16))
		d.longest = max(d.longest, len(word))
	}
	return d
}

// view is a text as it may have been meant.
type view struct {
	runes    []rune
	text     string // the same
	at       []int  // where each rune begins in text, and its end
	reversed bool
}

func newView(runes []rune) view {
	v := view{runes: runes, text: string(runes), at: make([]int, 0, len(runes)+1)}
	for i := range v.text {
		v.at = append(v.at, i)
	}
	v.at = append(v.at, len(v.text))
	return v
}

// lookalikes are symbols written for letters, and below each what is read. The digit one has two readings.
const (
	lookalikes   = "4@83€69!1|0$5+72"
	readAsI      = "aabeeggiiiossttz"
	readAsL      = "aabeegglllossttz"
	reversedBits = 1
)

// viewsOf gives the text in lower case, then with its symbols read as letters, then backwards.
func viewsOf(text []rune) []view {
	lower := make([]rune, len(text))
	for i, r := range text {
		lower[i] = unicode.ToLower(r)
	}
	views := []view{newView(lower)}
	for _, letters := range []string{readAsI, readAsL} {
		read := readAs(lower, []rune(letters))
		if !slices.ContainsFunc(views, func(v view) bool { return slices.Equal(v.runes, read) }) {
			views = append(views, newView(read))
		}
	}
	backwards := slices.Clone(lower)
	slices.Reverse(backwards)
	v := newView(backwards)
	v.reversed = true
	return append(views, v)
}

func readAs(text, letters []rune) []rune {
	symbols := []rune(lookalikes)
	read := slices.Clone(text)
	for i, r := range read {
		if n := slices.Index(symbols, r); n >= 0 {
			read[i] = letters[n]
		}
	}
	return read
}

// span gives the part of the view that stands for the runes from start to end of the text.
func (v view) span(start, end int) string {
	if v.reversed {
		start, end = len(v.runes)-end, len(v.runes)-start
	}
	return v.text[v.at[start]:v.at[end]]
}

// words finds those of the dictionary that begin at start.
func (v view) words(text []rune, start int, offer found) {
	known := words()
	for end := start + shortest; end <= min(start+known.longest, len(text)); end++ {
		if rank := known.ranks[v.span(start, end)]; rank > 0 {
			offer(end, math.Log2(float64(rank)+1)+v.written(text, start, end))
		}
	}
}

// personal finds words that others know of the person. They are guessed first of all.
func (v view) personal(text []rune, start int, list []string, offer found) {
	for _, word := range list {
		end := start + utf8.RuneCountInString(word)
		if end <= len(text) && v.span(start, end) == word {
			offer(end, 1+v.written(text, start, end))
		}
	}
}

// written is what the way of writing adds to a word: capitals, symbols for letters, backwards.
func (v view) written(text []rune, start, end int) float64 {
	bits := capitals(text[start:end])
	if v.reversed {
		return bits + reversedBits
	}
	for i := start; i < end; i++ {
		if unicode.ToLower(text[i]) != v.runes[i] {
			bits += caseBits
		}
	}
	return bits
}
