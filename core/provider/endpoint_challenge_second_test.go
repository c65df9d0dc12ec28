package provider_test

import (
	"testing"

	"github.com/keywright/keywright/core"
)

// A policy that asks for more is one more step here, as in a browser.
func TestMF05_FPA01_TheSecondFactorIsOneMoreStep(t *testing.T) {
	w := newSecondWorld(t, core.Policy{}, firstParty)
	account := w.has(ada, generator, codes)
	app := w.native("own")
	a := app.begin("identifier", ada, "password", "open")
	app.want(a, core.InsufficientAuthorization, generator.show())
	if w.sessions(account.ID) != 0 || a.Page.Links["another"] != "second" || a.Page.Args["remember"] != nil { // CSR13, MF-07
		t.Errorf("%d sessions, %+v", w.sessions(account.ID), a.Page)
	}
	for _, way := range a.Page.Ways {
		if way.URL != way.Method {
			t.Errorf("way %+v names no step", way)
		}
	}
	choice := app.goOn(a.Session, "step", "second")
	app.want(choice, core.InsufficientAuthorization, core.StepSecond)
	app.want(app.goOn(a.Session, "step", "password", "password", "open"), core.InsufficientAuthorization, generator.show())
	wrong := app.goOn(a.Session, "step", string(generator.show()), "answer", "wrong")
	app.want(wrong, core.InsufficientAuthorization, generator.show())
	if len(wrong.Page.Problems) == 0 {
		t.Errorf("%+v", wrong.Page)
	}
	done := app.goOn(a.Session, "step", string(generator.show()), "answer", "right")
	if done.Code == "" {
		t.Fatalf("%+v", done)
	}
	if g := w.newest(); g.ACR != core.ACRTwoFactors || len(w.store.Seen()) == 0 {
		t.Errorf("acr %q", g.ACR)
	}
	again := app.begin("identifier", ada, "password", "open") // nothing is remembered
	app.want(again, core.InsufficientAuthorization, generator.show())
}

func TestFPA01_RequiredButNotSetUp(t *testing.T) {
	w := newSecondWorld(t, core.Policy{Require: core.Requirement{Second: true}}, firstParty)
	app := w.native("own")
	a := app.begin("identifier", ada, "password", "open")
	if a.Error != core.InsufficientAuthorization || a.Code != "" || a.Page.Name != core.PageEnrol {
		t.Errorf("%+v", a)
	}
}
