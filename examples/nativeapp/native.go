// Package nativeapp signs people in without a browser, as an application of the
// provider's own operator may (OAuth 2.0 for First-Party Applications). It is what
// an app on a phone does, in Go.
package nativeapp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// App is an application on a device.
type App struct {
	Issuer, ClientID string
	HTTP             *http.Client
	// Ask shows a page to the person: it gives what they filled in, and the step
	// to send it to where that is not the page's own.
	Ask func(ctx context.Context, p Page) (fields map[string]string, step string, err error)
}

// Page is what the provider wants to know, as far as this application draws it.
type Page struct {
	Name     string            `json:"page"`
	Problems []Problem         `json:"problems"`
	Links    map[string]string `json:"links"` // steps aside, such as "signup"
}

// Problem is one thing to mend.
type Problem struct {
	Field string `json:"field"`
	ID    string `json:"id"`
}

// ErrUseBrowser says that only a browser can go on: begin there as any
// application does.
var ErrUseBrowser = errors.New("nativeapp: a browser is needed")

// answer is that of the authorization challenge endpoint.
type answer struct {
	Code    string `json:"authorization_code"`
	Error   string `json:"error"`
	Text    string `json:"error_description"`
	Session string `json:"auth_session"`
	Step    string `json:"step"`
	Page    Page   `json:"page"`
}

// SignIn asks until there is a code, and redeems it.
func (a *App) SignIn(ctx context.Context, scope string) (*oauth2.Token, error) {
	var endpoints struct {
		Challenge string `json:"authorization_challenge_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	if err := a.call(ctx, http.MethodGet, a.Issuer+"/.well-known/oauth-authorization-server", nil, &endpoints); err != nil {
		return nil, err
	}
	if endpoints.Challenge == "" {
		return nil, ErrUseBrowser
	}
	verifier := oauth2.GenerateVerifier()
	form := url.Values{
		"client_id": {a.ClientID}, "scope": {scope},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for {
		var said answer
		if err := a.call(ctx, http.MethodPost, endpoints.Challenge, form, &said); err != nil {
			return nil, err
		}
		switch {
		case said.Code != "":
			config := oauth2.Config{ClientID: a.ClientID, Endpoint: oauth2.Endpoint{TokenURL: endpoints.Token, AuthStyle: oauth2.AuthStyleInParams}}
			ctx = context.WithValue(ctx, oauth2.HTTPClient, a.HTTP)
			return config.Exchange(ctx, said.Code, oauth2.VerifierOption(verifier)) // no redirect_uri: there was none
		case said.Error == "redirect_to_web":
			return nil, ErrUseBrowser
		case said.Error != "insufficient_authorization":
			return nil, errors.New("nativeapp: " + said.Error + ": " + said.Text)
		}
		fields, step, err := a.Ask(ctx, said.Page)
		if err != nil {
			return nil, err
		}
		if step == "" {
			step = said.Step
		}
		form = url.Values{"client_id": {a.ClientID}, "auth_session": {said.Session}, "step": {step}}
		for name, value := range fields {
			form.Set(name, value)
		}
	}
}

func (a *App) call(ctx context.Context, method, target string, form url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := a.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	return json.NewDecoder(got.Body).Decode(into)
}
