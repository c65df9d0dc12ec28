package attacks_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

const better = "seven brass kettles sing low"

// letters counts what was sent to an address. Letters go out in order, so one
// to somebody else, asked for last, says when all are there.
func letters(t *testing.T, p *providertest.Provider, start, to string, want int) {
	t.Helper()
	last := strings.ToLower(rand.Text()) + "@example.com"
	fresh(p, "198.18.0.1:1").askSignUp(start, last, better)
	p.LastCode(last)
	if got := len(p.Letters(to)); got != want {
		t.Errorf("%d letters to %s, want %d", got, to, want)
	}
}

func TestThreat_MAG06_NobodysMailboxIsFlooded(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	start := app.Authorize().URL
	pages := map[string]bool{}
	for day := range 2 {
		for n := range 30 { // each from a network of its own
			from := fmt.Sprintf("203.0.%d.%d:1", 100+day, n)
			typed := []string{"ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"}[n%3]
			answer := fresh(p, from).askReset(start, typed)
			pages[fmt.Sprint(answer.Code)] = true
			fresh(p, from).askSignUp(start, typed, better)
			p.Advance(20 * time.Minute)
		}
		// Of links and of codes at most ten in a day each.
		letters(t, p, start, ada.Email, 20*(day+1))
		p.Advance(24 * time.Hour)
	}
	if len(pages) != 1 || !pages["200"] {
		t.Errorf("ENU02: who asks for a link sees a limit: %v", pages)
	}
}

func TestThreat_MAG06_OneSenderReachesFewPeople(t *testing.T) {
	p := providertest.New(t)
	start := p.Client(clientreg.Seed{}).Authorize().URL
	refused := 0
	for n := range 40 {
		from := fmt.Sprintf("[2001:db8:7:9:%x::1]:1", n) // one subscriber
		if fresh(p, from).askReset(start, fmt.Sprintf("n%d@example.com", n)).Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d of 40 were refused", refused)
	}
	if got := fresh(p, "[2001:db8:7:8::1]:1").askReset(start, "last@example.com").Code; got != http.StatusOK {
		t.Errorf("a neighbour: %d", got)
	}
}

// choose puts a new password into the page that a link leads to.
func (c *caller) choose(password string) int {
	v := c.fields()
	v.Set("password", password)
	return c.post(c.at, v).Code
}

// signsIn says whether a password opens the account.
func signsIn(p *providertest.Provider, start, email, password string) bool {
	c := fresh(p, "198.51.100.77:1")
	c.get(start)
	v := c.fields()
	v.Set("identifier", email)
	c.post(c.at, v)
	c.choose(password)
	return strings.HasSuffix(c.at, "/consent")
}

func TestThreat_MAG01_MAG04_PWD16_LinksAreUsedOnceAndByPost(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	start := app.Authorize().URL
	ask := func() string {
		t.Helper()
		p.ForgetMail()
		if code := fresh(p, "198.51.100.1:1").askReset(start, ada.Email).Code; code != http.StatusOK {
			t.Fatalf("asking: %d", code)
		}
		return p.LastLink(ada.Email)
	}
	older := ask()
	link := ask()
	for range 3 { // a scanner of mail
		scanner := fresh(p, "192.0.2.200:1")
		if scanner.get(link); scanner.last.Code != http.StatusOK || strings.Contains(fmt.Sprint(scanner.last.Header()), "__Host-kw_s_") {
			t.Errorf("scanner: %d %v", scanner.last.Code, scanner.last.Header())
		}
		q, _ := http.NewRequest(http.MethodHead, link, nil)
		if w := scanner.do(q); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("HEAD: %d", w.Code)
		}
	}
	used := fresh(p, "198.51.100.2:1")
	for name, bad := range map[string]string{
		"older": older, "cut": link[:len(link)-1], "extended": link + "A", "another kind": strings.Replace(link, "kw_tk_", "kw_in_", 1),
		"none": link[:strings.LastIndex(link, "/")+1] + "x",
	} {
		if used.get(bad); used.last.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, used.last.Code)
		}
	}
	if used.get(link); used.last.Code != http.StatusOK || strings.Contains(used.at, "/link/") {
		t.Fatalf("the link: %d %s", used.last.Code, used.at)
	}
	second := fresh(p, "198.51.100.3:1")
	second.get(link)
	if code := used.choose(better); code >= 400 {
		t.Errorf("the first use: %d", code)
	}
	if code := second.choose("eleven paper boats go west"); code != http.StatusBadRequest {
		t.Errorf("the second use: %d", code)
	}
	if used.get(link); used.last.Code != http.StatusBadRequest {
		t.Errorf("the link again: %d", used.last.Code)
	}
	if signsIn(p, start, ada.Email, secret) || !signsIn(p, start, ada.Email, better) {
		t.Error("the wrong password is in force")
	}
	late := ask()
	p.Advance(31 * time.Minute)
	if used.get(late); used.last.Code != http.StatusBadRequest {
		t.Errorf("after its time: %d", used.last.Code)
	}
}

func TestThreat_MAG03_ManyUsesOfOneLink(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	start := app.Authorize().URL
	fresh(p, "198.51.100.1:1").askReset(start, ada.Email)
	link := p.LastLink(ada.Email)
	browsers, passwords := make([]*caller, 8), make([]string, 8)
	for n := range browsers {
		browsers[n] = fresh(p, fmt.Sprintf("198.51.100.%d:1", 10+n))
		browsers[n].get(link)
		passwords[n] = fmt.Sprintf("%s number %d of many", better, n)
	}
	var won [8]bool
	counts := race(func(n int) string {
		if n >= len(browsers) {
			return "idle"
		}
		code := browsers[n].choose(passwords[n])
		won[n] = code < 400
		return fmt.Sprint(code)
	})
	opened := 0
	for n, password := range passwords {
		if opens := signsIn(p, start, ada.Email, password); opens != won[n] {
			t.Errorf("browser %d: told %v, is %v", n, won[n], opens)
		} else if opens {
			opened++
		}
		p.Advance(time.Hour)
	}
	if opened != 1 || counts["400"] != len(browsers)-1 {
		t.Errorf("%d passwords are in force: %v", opened, counts)
	}
}

// code gives a mailed code back.
func (c *caller) code(digits string) int {
	v := c.fields()
	v.Set("code", digits)
	return c.post(c.at, v).Code
}

func TestThreat_MAG09_GuessesOfCodesAreFewHoweverManyInteractions(t *testing.T) {
	p := providertest.New(t)
	start := p.Client(clientreg.Seed{}).Authorize().URL
	judged := 0
	for n := range 40 {
		c := fresh(p, fmt.Sprintf("203.0.113.%d:1", n))
		if c.askSignUp(start, "grace@example.com", better); !strings.HasSuffix(c.at, "/code") {
			continue // no more codes for this address
		}
		right := p.LastCode("grace@example.com")
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, right)
		before := judged
		for range 10 {
			if c.code(wrong) == http.StatusUnprocessableEntity {
				judged++
			}
		}
		if judged-before > 5 {
			t.Errorf("%d guesses at one code", judged-before)
		}
		if code := c.code(right); code != http.StatusTooManyRequests && code != http.StatusUnprocessableEntity || strings.HasSuffix(c.at, "/consent") {
			t.Errorf("the right code after the guesses: %d %s", code, c.at)
		}
		p.ForgetMail()
	}
	if judged == 0 || judged > 25 {
		t.Errorf("%d guesses were judged in one hour", judged)
	}
}

func TestThreat_IDN01_ManySignUpsForOneAddress(t *testing.T) {
	p := providertest.New(t)
	start := p.Client(clientreg.Seed{}).Authorize().URL
	spellings := []string{"grace@example.com", "Grace@Example.COM", "GRACE@EXAMPLE.COM"}
	var tabs []*caller
	var codes []string
	for n, typed := range spellings {
		p.ForgetMail()
		c := fresh(p, fmt.Sprintf("203.0.113.%d:1", n))
		if c.askSignUp(start, typed, fmt.Sprintf("%s in tab %d", better, n)); !strings.HasSuffix(c.at, "/code") {
			t.Fatalf("%s: %s %d", typed, c.at, c.last.Code)
		}
		tabs, codes = append(tabs, c), append(codes, p.LastCode(typed))
	}
	forms := make([]string, len(tabs))
	for n, c := range tabs {
		v := c.fields()
		v.Set("code", codes[n])
		forms[n] = v.Encode()
	}
	counts := race(func(n int) string {
		c := tabs[n%len(tabs)]
		again := &caller{p: p, from: c.from, jar: c.jar}
		q, _ := http.NewRequest(http.MethodPost, c.at, strings.NewReader(forms[n%len(tabs)]))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Sec-Fetch-Site", "same-origin")
		return fmt.Sprintf("%d %s", again.do(q).Code, again.at[strings.LastIndex(again.at, "/")+1:])
	})
	for got := range counts {
		if strings.HasPrefix(got, "5") {
			t.Errorf("answers: %v", counts)
		}
	}
	opened := 0
	for n := range tabs {
		if signsIn(p, start, spellings[n], fmt.Sprintf("%s in tab %d", better, n)) {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("%d passwords open an account: %v", opened, counts)
	}
}
