package provider

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// fromApp is the cause of a page error that happened on the way from an app:
// the page may then lead back to the app's registered home, never to an address
// of the request (ORD05).
type fromApp struct {
	app   core.Client
	cause error
}

func (f *fromApp) Error() string {
	if f.cause == nil {
		return "on the way from client " + f.app.ID
	}
	return f.cause.Error()
}

func (f *fromApp) Unwrap() error { return f.cause }

// respondPage draws a page, or gives it as JSON to who asks for that.
func (p *Provider) respondPage(w http.ResponseWriter, r *http.Request, page core.Page) {
	page.Base, page.Brand = p.base, p.Brand
	if page.Locales == nil {
		page.Locales = web.Locales(nil, r.Header.Get("Accept-Language"))
	}
	if page.Status == 0 {
		page.Status = http.StatusOK
	}
	w.Header().Add("Vary", "Accept, Accept-Language")
	if wantsJSON(r) {
		p.respondJSONPage(w, r, page)
		return
	}
	var body bytes.Buffer
	if err := p.Pages.Page(r.Context(), &body, page); err != nil {
		p.log.ErrorContext(r.Context(), "page could not be drawn", slog.String("page", page.Name), slog.Any("error", err))
		http.Error(w, "Something went wrong on our side. Number: "+web.RequestID(r), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(page.Status)
	_, _ = body.WriteTo(w) // the reader may have left
}

// respondPageError tells a person what happened. Without a page error the
// client's one picks the words.
func (p *Provider) respondPageError(w http.ResponseWriter, r *http.Request, e *core.PageError, o *core.OAuthError) {
	if e == nil {
		e = pageOf(o)
	}
	page := core.Page{
		Name: core.PageFault, Status: e.Status, Error: e.Name, RequestID: web.RequestID(r),
		Links: map[string]string{}, Args: map[string]any{"host": hostOf(p.Issuer)}, // never what the caller says (HDR01)
	}
	var from *fromApp
	if errors.As(e.Cause, &from) {
		page.App = appView(from.app, "")
		if home := page.App.Home; home != "" {
			page.Links["app"], page.Links["restart"] = home, home
		}
	}
	switch e.Name {
	case core.PageNotFound.Name, core.PageLinkUsed.Name, core.PageSignUpClosed.Name:
		page.Links["signin"] = p.base + "/account" // nobody waits for an answer: whoever signs in there is at home
	case core.PageDeviceOver.Name:
		page.Links["device"] = p.base + devicePath
	}
	var fault *core.ClientFault
	if errors.As(e.Cause, &fault) && fault.Host != "" {
		page.Args["host"], page.Args["reason"] = fault.Host, fault.Reason // its form was checked (CM-32)
	}
	p.adviseRetry(w, &page, e)
	p.respondPage(w, r, page)
}

// adviseRetry says when it makes sense to come back.
func (p *Provider) adviseRetry(w http.ResponseWriter, page *core.Page, e *core.PageError) {
	wait := 2 * time.Second
	var throttled *core.Throttled
	if errors.As(e.Cause, &throttled) {
		wait = max(time.Second, throttled.Until.Sub(p.now()))
	}
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		page.Args["duration"] = wait
	}
}

func pageOf(e *core.OAuthError) *core.PageError {
	switch {
	case e == nil:
		return core.PageOurs
	case e.Code == core.TemporarilyUnavailable:
		return core.PageAway
	case e.Code == core.ServerError:
		return core.PageOurs
	}
	return core.PageAppRequest
}

// appView is a client as a person sees it. Its links are https or missing
// (XSS04, OR-04).
func appView(c core.Client, redirectURI string) *core.AppView {
	v := &core.AppView{
		Name: c.Name, Lane: c.Lane, RedirectHost: hostOf(redirectURI),
		Home: httpsOnly(c.ClientURI), Policy: httpsOnly(c.PolicyURI), Terms: httpsOnly(c.TermsURI),
	}
	if c.Lane == core.LaneCIMD {
		v.Host = hostOf(c.ID)
	}
	return v
}

func accountView(a core.Account) *core.AccountView {
	if a.ID.IsZero() {
		return nil
	}
	return &core.AccountView{Name: a.Name, Email: a.Email}
}

// asset answers one file of the pages. Its name changes with its bytes, so
// caches may keep it for good.
func (p *Provider) asset(w http.ResponseWriter, r *http.Request) error {
	a, ok := p.Pages.Asset(r.PathValue("name"))
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(a.Bytes)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.Bytes) // the reader may have left
	return nil
}

// notFound answers every address that is not in the table.
func (p *Provider) notFound(http.ResponseWriter, *http.Request) error { return core.PageNotFound }
