package provider

import (
	"bytes"

	"github.com/keywright/keywright/core"
)

// linker is who went away to link an identity: the same account, in the same
// session, has to come back (RP-10, LNK11).
type linker struct {
	Method  string
	Account core.ID
	Session core.ID `json:",omitzero"`
}

// leave writes what a reply leaves behind before the browser goes to another
// identity provider, and notes who links there.
func (t *turn) leave(k core.Keep, then func() error) error {
	var mark []byte
	if t.Purpose == core.TurnEnrol {
		var err error
		if mark, err = t.sealNote(t.linker()); err != nil {
			return err
		}
	}
	if bytes.Equal(mark, t.i.Notes[noteLinker]) { // both none
		return t.kept(k, then)
	}
	if err := t.keep(k, func(i *core.Interaction) { putNote(i, noteLinker, mark) }); err != nil {
		return err
	}
	return then()
}

func (t *turn) linker() linker {
	l := linker{Method: t.authenticator.Method(), Account: t.Account.ID}
	if s := live(t.facts.SignedIn, t.Account.ID, t.at); s != nil {
		l.Session = s.Session.ID
	}
	return l
}

// linking says whether this turn is about a link of a signed-in person: also where
// it was begun as one and nobody is signed in any more, so that it never turns into
// a sign-in.
func (t *turn) linking() bool {
	if t.Purpose == core.TurnEnrol {
		return true
	}
	var begun linker
	ok, err := t.readNote(noteLinker, &begun)
	return err != nil || ok && begun.Method == t.authenticator.Method()
}

// sameLinker says whether who comes back is who went. What a page of ours posted
// here has not been away.
func (t *turn) sameLinker() bool {
	if t.Form != nil {
		return true
	}
	var begun linker
	ok, err := t.readNote(noteLinker, &begun)
	return err == nil && ok && begun == t.linker()
}
