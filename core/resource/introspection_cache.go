package resource

import (
	"container/list"
	"time"
)

// answers keeps a bounded number of introspection answers. Its owner holds the lock.
type answers struct {
	most  int
	byKey map[[32]byte]*list.Element
	order list.List // of *inquiry, the newest first
}

func newAnswers(most int) *answers {
	return &answers{most: most, byKey: map[[32]byte]*list.Element{}}
}

// find gives an answer that is still believed, and forgets one that is not.
func (a *answers) find(key [32]byte, now time.Time) *inquiry {
	element, found := a.byKey[key]
	if !found {
		return nil
	}
	answer, _ := element.Value.(*inquiry)
	if now.Before(answer.till) {
		return answer
	}
	a.remove(element)
	return nil
}

// keep drops the oldest answer where there are too many.
func (a *answers) keep(answer *inquiry) {
	if old, found := a.byKey[answer.key]; found {
		a.remove(old)
	}
	for len(a.byKey) >= a.most {
		a.remove(a.order.Back())
	}
	a.byKey[answer.key] = a.order.PushFront(answer)
}

func (a *answers) remove(element *list.Element) {
	answer, _ := a.order.Remove(element).(*inquiry)
	delete(a.byKey, answer.key)
}
