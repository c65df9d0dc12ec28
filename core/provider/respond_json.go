package provider

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// What a team that draws its own pages gets beside pages: the step to ask for
// next, in Links["next"], and the address to send the browser to, in
// Links["to"]. Both stand where a browser would get a redirect.
const (
	pageStep     = "step"
	pageRedirect = "redirect"
)

// wantsJSON is for teams that draw their own pages: who names JSON first, or
// posts it.
func wantsJSON(r *http.Request) bool {
	return mediaType(r.Header.Get("Accept")) == "application/json" || mediaType(r.Header.Get("Content-Type")) == "application/json"
}

// mediaType is the first one of a header, without its parameters.
func mediaType(header string) string {
	first, _, _ := strings.Cut(header, ",")
	first, _, _ = strings.Cut(first, ";")
	return strings.ToLower(strings.TrimSpace(first))
}

// jsonPage is a page as JSON, with where it posts itself to.
type jsonPage struct {
	core.Page
	Post *jsonPost `json:"post,omitempty"`
}

type jsonPost struct {
	URL    string      `json:"url"`
	Fields [][2]string `json:"fields"`
}

// respondJSONPage gives a page as facts.
func (p *Provider) respondJSONPage(w http.ResponseWriter, r *http.Request, page core.Page) {
	body := jsonPage{Page: inSeconds(page)}
	if page.Post != nil {
		body.Post = &jsonPost{page.Post.URL, page.Post.Fields}
	}
	p.respondJSON(w, r, page.Status, body)
}

// inSeconds says durations as whole seconds, which every language can read.
func inSeconds(page core.Page) core.Page {
	page.Args = secondsOf(page.Args)
	page.Problems, page.Notices = slices.Clone(page.Problems), slices.Clone(page.Notices)
	for i := range page.Problems {
		page.Problems[i].Args = secondsOf(page.Problems[i].Args)
	}
	for i := range page.Notices {
		page.Notices[i].Args = secondsOf(page.Notices[i].Args)
	}
	return page
}

func secondsOf(args map[string]any) map[string]any {
	out := maps.Clone(args)
	for name, value := range out {
		if d, ok := value.(time.Duration); ok {
			out[name] = int64(math.Ceil(d.Seconds()))
		}
	}
	return out
}

// respondStep leads to a step of an interaction: by an answer that names it, to
// the pages of the operator's own, or to the hosted one.
func (p *Provider) respondStep(w http.ResponseWriter, r *http.Request, interaction string, step core.Step) {
	switch {
	case wantsJSON(r):
		p.respondPage(w, r, core.Page{Name: pageStep, Step: step, Links: map[string]string{"next": p.stepPath(interaction, step)}})
	case p.PagesURL != "":
		seeOther(w, p.ownPage(interaction, step))
	default:
		seeOther(w, p.stepURL(interaction, step))
	}
}

// respondAway sends the browser to another site.
func (p *Provider) respondAway(w http.ResponseWriter, r *http.Request, target string) {
	if wantsJSON(r) {
		p.respondPage(w, r, core.Page{Name: pageRedirect, Links: map[string]string{"to": target}})
		return
	}
	seeOther(w, target)
}

// ownPage is where the operator's own pages show a step. The handle opens nothing
// without the cookie of the browser that began.
func (p *Provider) ownPage(interaction string, step core.Step) string {
	return redirecturi.AppendQuery(p.PagesURL,
		redirecturi.Pair{Name: "interaction", Value: interaction}, redirecturi.Pair{Name: "step", Value: string(step)})
}

// hostedAsked in a query asks for the hosted page, where the operator's own pages
// do not draw one.
const hostedAsked = "hosted"

// elsewhere says that this request is a browser's that looks for a hosted page
// which the operator's own pages replace.
func (v *visit) elsewhere() bool {
	return v.p.PagesURL != "" && v.r.Method == http.MethodGet && !wantsJSON(v.r) && !v.r.URL.Query().Has(hostedAsked)
}

// hosted is where the hosted page of a step is, for pages of the operator's own
// that do not draw it; empty where there are none.
func (v *visit) hosted(step core.Step) string {
	if v.p.PagesURL == "" || v.challenge != nil || !wantsJSON(v.r) {
		return ""
	}
	return v.p.stepPath(v.handle, step) + "?" + hostedAsked + "=1"
}
