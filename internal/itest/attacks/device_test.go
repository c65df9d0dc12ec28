package attacks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// guesses counts how many wrong passwords are judged before the door is closed.
func guesses(t *testing.T, c *caller, start, email string) int {
	t.Helper()
	c.get(start)
	v := c.fields()
	v.Set("identifier", email)
	if c.post(c.at, v); !strings.HasSuffix(c.at, "/password") {
		t.Fatalf("at %s: %d", c.at, c.last.Code)
	}
	for n := range 30 {
		v := c.fields()
		v.Set("password", "wrong wrong wrong")
		if code := c.post(c.at, v).Code; code == http.StatusTooManyRequests {
			return n
		} else if code != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: %d", n, code)
		}
	}
	return 30
}

func TestThreat_PWD02_AKnownBrowserIsKnownUntilEverybodyIsSignedOut(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	signIn := func(c *caller, password string) {
		t.Helper()
		c.get(app.Authorize().URL)
		v := c.fields()
		v.Set("identifier", ada.Email)
		c.post(c.at, v)
		v = c.fields()
		v.Set("password", password)
		if c.post(c.at, v); !strings.HasSuffix(c.at, "/consent") {
			t.Fatalf("not signed in: %s %d", c.at, c.last.Code)
		}
		v = c.fields()
		v.Set("decision", "allow")
		if c.post(c.at, v).Code != http.StatusSeeOther {
			t.Fatalf("not agreed: %s %d", c.at, c.last.Code)
		}
	}
	own := fresh(p, "198.51.100.1:1")
	signIn(own, secret)
	// Somebody else uses up what strangers have.
	if n := guesses(t, fresh(p, "198.51.100.2:1"), app.Authorize().URL, ada.Email); n != 5 {
		t.Errorf("a stranger had %d guesses", n)
	}
	login := app.AuthorizeWith(map[string][]string{"prompt": {"login"}}).URL
	own.get(login)
	v := own.fields()
	v.Set("password", secret)
	if own.post(own.at, v); strings.HasSuffix(own.at, "/password") {
		t.Errorf("the owner was locked out of a known browser: %d", own.last.Code)
	}
	// Her password is changed elsewhere: this browser is a stranger's now.
	other := fresh(p, "198.51.100.3:1")
	other.get(app.Authorize().URL)
	base := other.at[:strings.LastIndex(other.at, "/")]
	other.get(base + "/reset")
	v = other.fields()
	v.Set("email", ada.Email)
	other.post(base+"/reset", v)
	link := p.LastLink(ada.Email)
	other.get(link)
	v = other.fields()
	v.Set("password", "seven brass kettles sing low")
	if other.post(other.at, v).Code >= 400 {
		t.Fatalf("reset: %d %s", other.last.Code, other.last.Body)
	}
	p.Advance(time.Hour)
	if n := guesses(t, own, app.Authorize().URL, ada.Email); n != 5 {
		t.Errorf("a browser that was signed out everywhere had %d guesses", n)
	}
}
