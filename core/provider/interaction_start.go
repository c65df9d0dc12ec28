package provider

import (
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/web"
)

// Strangers can make interactions, so each address may make so many of them.
const (
	interactionsMax    = 600
	interactionsWindow = 10 * time.Minute
	// graceOfInteractions is for late repeats of the last step. It is short,
	// since it is most of what a flood can leave behind (LOD04).
	graceOfInteractions = 10 * time.Minute
)

// startInteraction stores an interaction bound to this browser and sends the
// browser to it: to the step given, or to its first one.
func (p *Provider) startInteraction(w http.ResponseWriter, r *http.Request, at time.Time, terms core.InteractionTerms, step core.Step) error {
	held, err := p.heldSessions(r)
	if err != nil {
		return err
	}
	browser, ok, err := p.readBrowser(r)
	if err != nil {
		return err
	}
	if !ok {
		browser = handle.Content{Random: handle.NewRandom()}
	}
	i, err := p.createInteraction(r, at, terms, browser)
	if err != nil {
		return err
	}
	p.setBrowser(w, browser)
	if len(r.CookiesNamed(p.cookies().Session)) > 0 && len(held) == 0 {
		p.cookies().SetSessions(w.Header(), nil, 0) // nothing in it is ours any more (CSR15)
	}
	if step == "" {
		step = stepFirst
	}
	p.respondStep(w, r, p.interactionHandle(&i), step)
	return nil
}

// createInteraction stores an interaction that only who holds browser can go on
// with.
func (p *Provider) createInteraction(r *http.Request, at time.Time, terms core.InteractionTerms, browser handle.Content) (core.Interaction, error) {
	if err := p.reserve(r, at, core.NamedLimit{
		Parts: []string{"interaction", web.Address(r, p.TrustedProxies)}, Max: interactionsMax, Window: interactionsWindow,
	}); err != nil {
		return core.Interaction{}, err
	}
	terms.CreatedAt, terms.SeenAt = at, at
	terms.Browser, terms.Random = browser.Digest(), core.ID(handle.NewRandom())
	terms.Locales = web.Locales(terms.Request.UILocales, r.Header.Get("Accept-Language"))
	i := core.Interaction{ID: core.NewID(at), InteractionTerms: terms}
	i.Change, i.KeepUntil = core.NewID(at), at.Add(p.Lifetimes.InteractionAt+graceOfInteractions)
	return i, p.Store.CreateInteraction(r.Context(), i)
}

// stepFirst is no step: a GET of it leads on to the one that is needed.
const stepFirst core.Step = "start"

func (p *Provider) interactionHandle(i *core.Interaction) string {
	return p.Keys.Ring().Mint(handle.Interaction, handle.Content{ID: i.ID, Random: i.Random})
}

// stepPath is the path of a step on this origin.
func (p *Provider) stepPath(interaction string, step core.Step) string {
	return p.base + "/interaction/" + interaction + "/" + string(step)
}

func (p *Provider) stepURL(interaction string, step core.Step) string {
	return p.origin + p.stepPath(interaction, step)
}

// changePassword begins the interaction in which a signed-in person replaces
// their password.
func (p *Provider) changePassword(w http.ResponseWriter, r *http.Request) error {
	return p.startInteraction(w, r, p.now(), core.InteractionTerms{Purpose: core.PurposeAccount, Action: "password"}, "")
}
