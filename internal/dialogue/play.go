package dialogue

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/webpage"
)

// World is what a dialogue is played against, fresh for each.
type World struct {
	// Handler answers, as if it served Origin ("https://id.example").
	Handler http.Handler
	Origin  string
	// Now is the provider's clock, and Advance moves it.
	Now     func() time.Time
	Advance func(time.Duration)
	// Values are what words in braces stand for.
	Values map[string]string
	// Words are more words in braces, with arguments.
	Words map[string]func(args ...string) (string, error)
}

// player plays one dialogue.
type player struct {
	world    World
	words    words
	mask     masker
	browsers map[string]*visitor
	struck   string // what a sweep had lost by the last answer
}

// visitor is one person's browser: its cookies and what it saw last.
type visitor struct {
	jar  http.CookieJar
	page webpage.Page
	at   *url.URL
}

// play plays the dialogue and returns it with the answers that came.
func (w World) play(a archive) (archive, error) {
	p := w.player()
	played := archive{comment: a.comment}
	for _, e := range a.exchanges() {
		text, err := p.step(e.asked)
		if err != nil {
			return played, fmt.Errorf("%s: %w", e.asked.name, err)
		}
		played.sections = append(played.sections, e.asked, section{"answer", text})
	}
	return played, nil
}

func (w World) player() *player {
	p := &player{
		world: w, words: words{values: map[string]string{}, more: w.Words},
		mask: masker{began: w.Now(), known: map[string]string{}}, browsers: map[string]*visitor{},
	}
	for name, value := range w.Values {
		p.words.values[name] = value
	}
	return p
}

// step plays one request and gives its answer in masked words.
func (p *player) step(s section) (string, error) {
	r, err := parseRequest(s)
	if err != nil {
		return "", err
	}
	p.world.Advance(r.clock)
	got, err := p.exchange(r)
	if err != nil {
		return "", err
	}
	return p.keep(r, got)
}

// exchange sends a request and gives its answer.
func (p *player) exchange(r request) (answer, error) {
	sent, err := p.request(r)
	if err != nil {
		return answer{}, err
	}
	got, err := p.send(r.who, sent)
	if err == nil && r.follow {
		got, err = p.follow(r.who, got)
	}
	return got, err
}

// keep captures what the request wants of its answer, which it gives in masked
// words.
func (p *player) keep(r request, got answer) (string, error) {
	for _, c := range r.captures {
		value, err := got.take(c.from)
		if err != nil {
			return "", fmt.Errorf("capture %s: %w\n%s", c.name, err, got.render())
		}
		p.words.values[c.name] = value
		p.mask.learn(c.name, value)
	}
	return p.mask.mask(got.render()), nil
}

const maxHops = 10

// follow goes where the provider sends the browser, as long as that is the
// provider itself.
func (p *player) follow(who string, got answer) (answer, error) {
	for range maxHops {
		to := got.header.Get("Location")
		if !strings.HasPrefix(to, p.world.Origin+"/") {
			return got, nil
		}
		next, err := http.NewRequest(http.MethodGet, to, nil)
		if err != nil {
			return got, err
		}
		if got, err = p.send(who, next); err != nil {
			return got, err
		}
	}
	return got, fmt.Errorf("more than %d redirects", maxHops)
}

func (p *player) request(r request) (*http.Request, error) {
	if r.method != "FORM" {
		return r.build(p.world.Origin, p.words)
	}
	v := p.visitor(r.who)
	form, ok := v.page.Form(r.target)
	if !ok {
		return nil, fmt.Errorf("the page %q that %s sees has no form %q", v.page.Title, r.who, r.target)
	}
	values := map[string]string{}
	for _, line := range r.body {
		line, err := p.words.replace(line)
		if err != nil {
			return nil, err
		}
		name, value, _ := strings.Cut(line, "=")
		if !form.Has(name) && line != "" {
			return nil, fmt.Errorf("the form %q has no field %q", r.target, name)
		}
		values[name] = value
	}
	button, value, _ := strings.Cut(r.press, "=")
	to, err := v.at.Parse(form.Action)
	if err != nil {
		return nil, err
	}
	body := form.Submit(values, button, value).Encode()
	sent, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	sent.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sent.Header.Set("Origin", p.world.Origin)
	sent.Header.Set("Sec-Fetch-Site", "same-origin")
	return sent, nil
}

func (p *player) visitor(who string) *visitor {
	if p.browsers[who] == nil {
		jar, _ := cookiejar.New(nil) // fails for no options at all
		p.browsers[who] = &visitor{jar: jar}
	}
	return p.browsers[who]
}

// send hands the request to the provider and reads the whole answer. Redirects
// are shown, not followed.
func (p *player) send(who string, r *http.Request) (answer, error) {
	if who != "" {
		for _, c := range p.visitor(who).jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
	}
	arrived := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
	arrived.Header, arrived.ContentLength = r.Header, r.ContentLength
	recorder := httptest.NewRecorder()
	p.world.Handler.ServeHTTP(recorder, arrived)
	result := recorder.Result()
	body, err := io.ReadAll(result.Body)
	got := answer{status: result.StatusCode, header: result.Header, body: body}
	if got.isHTML() {
		var read error
		got.page, read = webpage.Read(strings.NewReader(string(body)))
		err = errors.Join(err, read)
	}
	if who != "" {
		v := p.visitor(who)
		v.jar.SetCookies(r.URL, result.Cookies())
		if got.isHTML() {
			v.page, v.at = got.page, r.URL
		}
	}
	return got, err
}
