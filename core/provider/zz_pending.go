package provider

import (
	"errors"
	"net/http"

	"github.com/keywright/keywright/core"
)

var errPending = errors.New("this endpoint is not there yet")

func (p *Provider) authorization(http.ResponseWriter, *http.Request) error { return errPending }
func (p *Provider) interaction(http.ResponseWriter, *http.Request) error   { return errPending }
func (p *Provider) endSession(http.ResponseWriter, *http.Request) error    { return errPending }
func (p *Provider) signedOut(http.ResponseWriter, *http.Request) error     { return errPending }
func (p *Provider) asset(http.ResponseWriter, *http.Request) error         { return errPending }
func (p *Provider) notFound(http.ResponseWriter, *http.Request) error      { return errPending }
func (p *Provider) authenticatorRoutes() []route                           { return nil }
func (p *Provider) respondPageError(w http.ResponseWriter, _ *http.Request, _ *core.PageError, _ *core.OAuthError) {
	w.WriteHeader(http.StatusInternalServerError)
}
