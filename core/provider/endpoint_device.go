package provider

import (
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
	"github.com/keywright/keywright/internal/shortcode"
)

// How many codes may be typed in ten minutes. There are 20^8 of them, so within
// the life of one code 20 000 guesses find it with a chance below 2^-20 (DEV01).
const (
	typedPerAddress = 20
	typedAltogether = 20_000
	typedWindow     = 10 * time.Minute
)

var devicePurpose = []byte("device")

// devicePage is where a person types the code that a device shows (RFC 8628
// section 3.3). A GET looks nothing up, also with the code in its address: it
// fills in the field, and the person has to go on by themselves (DEV08, CN-13).
// What is posted begins an interaction, in which the person signs in and answers.
func (p *Provider) devicePage(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return p.takeUserCode(w, r)
	}
	query, err := param.ParseQuery(r.URL.RawQuery, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	if err != nil {
		return badParameters(err)
	}
	code, ok := shortcode.ParseLetters(query.Get("user_code"))
	if !ok {
		code = "" // nothing is repeated that cannot be a code
	}
	browser, ok, err := p.readBrowser(r)
	if err != nil {
		return err
	}
	if !ok {
		browser = handle.Content{Random: handle.NewRandom()}
		p.setBrowser(w, browser)
	}
	p.drawDevice(w, r, browser, code, "")
	return nil
}

func (p *Provider) drawDevice(w http.ResponseWriter, r *http.Request, browser handle.Content, code, problem string) {
	page := core.Page{
		Name: core.PageDevice,
		Form: core.Form{Action: p.base + devicePath, Hidden: map[string]string{
			web.FormField: web.FormToken(p.Keys.Ring(), devicePurpose, browser.Random[:]),
		}},
		Values: map[string]string{"user_code": shortcode.SpellLetters(code)},
	}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
		page.Problems = []core.Problem{{Field: "user_code", ID: problem}}
	}
	p.respondPage(w, r, page)
}

// takeUserCode looks up what was typed. No other site may post it (DV-06), every
// attempt is counted before anything is looked up (DV-03), and a code that is
// unknown, used, denied or too old is answered in the same words.
func (p *Provider) takeUserCode(w http.ResponseWriter, r *http.Request) error {
	values, err := param.ParsePosted(r, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	if err != nil {
		return badParameters(err)
	}
	browser, ok, err := p.readBrowser(r)
	switch {
	case err != nil:
		return err
	case p.foreign(r):
		return core.PageForeign.Because(errors.New("a user code posted by another origin"))
	case !ok && len(r.Cookies()) == 0:
		return core.PageNoCookie.Because(errors.New("no cookie at all"))
	case !ok:
		return core.PageForeign.Because(errors.New("no browser cookie"))
	}
	if err := p.checkFormToken(r.Context(), values.Get(web.FormField), devicePurpose, browser.Random[:]); err != nil {
		return err
	}
	code, ok := shortcode.ParseLetters(values.Get("user_code"))
	if !ok {
		p.drawDevice(w, r, browser, "", "user_code_format")
		return nil
	}
	at := p.now()
	if err := p.reserve(r, at,
		core.NamedLimit{Parts: []string{"user code address", web.Address(r, p.TrustedProxies)}, Max: typedPerAddress, Window: typedWindow},
		core.NamedLimit{Parts: []string{"user codes"}, Max: typedAltogether, Window: typedWindow},
	); err != nil {
		return err
	}
	g, err := p.grantByUserCode(r.Context(), code)
	if err == nil && !at.Before(g.CodeEnds) {
		err = core.ErrNotFound
	}
	if errors.Is(err, core.ErrNotFound) {
		p.drawDevice(w, r, browser, code, "user_code_unknown")
		return nil
	}
	if err != nil {
		return err
	}
	return p.beginDevice(w, r, at, g, code)
}

// beginDevice starts the interaction in which the person answers.
func (p *Provider) beginDevice(w http.ResponseWriter, r *http.Request, at time.Time, g core.Grant, code string) error {
	c, err := p.findClient(r.Context(), g.Client)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageAppUnknown.Because(err)
	}
	if err != nil {
		return err
	}
	v := &visit{p: p}
	note, err := v.sealNote(code)
	if err != nil {
		return err
	}
	terms := core.InteractionTerms{
		Purpose: core.PurposeDevice, Device: g.ID, ClientHash: c.Digest(), Notes: map[string][]byte{noteUserCode: note},
		Request: core.AuthorizationRequest{
			Client: g.Client, Access: g.Access, ACRValues: c.DefaultACR, AskedAuthTime: c.RequireAuthTime,
		},
	}
	if age := c.DefaultMaxAge; age > 0 {
		terms.Request.MaxAge, terms.Request.AskedAuthTime = &age, true
	}
	return p.startInteraction(w, r, at, terms, "")
}
