package providertest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

const secret = "three quiet otters at noon"

func TestPersonSignsIn(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	tokens := ada.SignIn(app)
	if tokens.Access == "" || tokens.ID == "" || tokens.Refresh == "" {
		t.Fatalf("tokens: %+v", tokens)
	}
	if info := p.UserInfo(tokens.Access); info.Status != http.StatusOK {
		t.Errorf("userinfo: %d %s", info.Status, info.Body)
	}
	p.Advance(time.Hour)
	again := app.Refresh(tokens.Refresh)
	if again.Status != http.StatusOK || again.Access == tokens.Access {
		t.Errorf("refresh: %d %s", again.Status, again.Body)
	}
}

func TestStrangerSignsUp(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	request := app.Authorize()
	landed := p.Stranger("grace@example.com", secret).Browser().SignUp(request.URL)
	tokens := app.Redeem(request, landed)
	if tokens.ID == "" {
		t.Error("no ID token")
	}
}

func TestPersonDenies(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	request := app.Authorize()
	landed := p.Person("ada@example.com", secret).Browser().Deny(request.URL)
	if landed.Answer("error") != "access_denied" || landed.Answer("state") != request.State {
		t.Errorf("landed at %v", landed.URL)
	}
}

func TestFormPost(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	request := app.AuthorizeWith(url.Values{"response_mode": {"form_post"}})
	landed := p.Person("ada@example.com", secret).Browser().SignIn(request.URL)
	if landed.Posted == nil {
		t.Fatalf("nothing was posted: %v", landed.URL)
	}
	app.Redeem(request, landed)
}
