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

func TestExample(t *testing.T) { signInAtMyApp(t) }

func TestLettersArrive(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	b := ada.Browser()
	b.Open(app.Authorize().URL)
	b.Submit("signin", map[string]string{"identifier": ada.Email})
	b.Follow("forgot")
	b.Submit("reset", map[string]string{"email": ada.Email})
	link := p.LastLink(ada.Email)
	if landed := b.Open(link); landed.Page() != "new_password" {
		t.Errorf("the link leads to %q: %s", landed.Page(), landed.Heading())
	}
	p.ForgetMail()
	if n := len(p.Letters(ada.Email)); n != 0 {
		t.Errorf("%d letters are left", n)
	}
}

func TestPublicClientBelowAPath(t *testing.T) {
	p := providertest.New(t, providertest.WithPath("/tenant/one"), providertest.WithStart(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	app := p.Client(clientreg.Seed{AuthMethod: "none"})
	tokens := p.Person("ada@example.com", secret).SignIn(app, "openid", "offline_access")
	first := app.Refresh(tokens.Refresh)
	if first.Status != http.StatusOK || first.Refresh == tokens.Refresh {
		t.Errorf("refresh: %d %s", first.Status, first.Body)
	}
	posting := p.Client(clientreg.Seed{AuthMethod: "client_secret_post"})
	if got := p.Person("eve@example.com", secret).SignIn(posting); got.Access == "" {
		t.Error("no tokens by client_secret_post")
	}
}
