package todo

import (
	"errors"
	"slices"
	"sync"
)

// Item is one thing to do.
type Item struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	Done   bool   `json:"done"`
}

const (
	maxItems = 1000 // of one person
	maxText  = 1000 // bytes
)

// lists keeps each person's items, in memory. A real server has a table with the person in its key.
type lists struct {
	mu    sync.Mutex
	items map[string][]Item // by person
}

func (l *lists) of(who string) []Item {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Item{}, l.items[who]...) // not nil: an empty list is written as one
}

func (l *lists) add(who, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := l.items[who]
	if text == "" || len(text) > maxText || len(mine) >= maxItems {
		return errors.New("a todo has 1 to 1000 bytes, and a list at most 1000 of them")
	}
	if l.items == nil {
		l.items = map[string][]Item{}
	}
	l.items[who] = append(mine, Item{Number: len(mine) + 1, Text: text})
	return nil
}

func (l *lists) complete(who string, number int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.items[who], func(i Item) bool { return i.Number == number })
	if at < 0 {
		return errors.New("there is no todo with this number")
	}
	l.items[who][at].Done = true
	return nil
}
