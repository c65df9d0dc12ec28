package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
)

// App is the application: where it signs in, and as what.
type App struct {
	Issuer, ClientID string
	HTTP             *http.Client
	// Say tells the person something.
	Say func(string)
}

// Who is signed in, as the provider tells it.
type Who struct {
	Subject string `json:"sub"`
	Name    string `json:"name"`
	Email   string `json:"email"`
}

// metadata is what this application needs to know of a provider (RFC 8414).
type metadata struct {
	Issuer   string `json:"issuer"`
	Auth     string `json:"authorization_endpoint"`
	Token    string `json:"token_endpoint"`
	Device   string `json:"device_authorization_endpoint"`
	UserInfo string `json:"userinfo_endpoint"`
}

// discover reads the provider's metadata and makes a client of them. The issuer
// in the document has to be the one that was asked.
func (a *App) discover(ctx context.Context) (*oauth2.Config, metadata, error) {
	var m metadata
	if err := a.getJSON(ctx, a.HTTP, a.Issuer+"/.well-known/openid-configuration", &m); err != nil {
		return nil, m, err
	}
	if m.Issuer != a.Issuer {
		return nil, m, fmt.Errorf("cli: the metadata are those of %q", m.Issuer)
	}
	return &oauth2.Config{
		ClientID: a.ClientID, Scopes: []string{"openid", "profile", "email"},
		Endpoint: oauth2.Endpoint{
			AuthURL: m.Auth, TokenURL: m.Token, DeviceAuthURL: m.Device,
			AuthStyle: oauth2.AuthStyleInParams, // a public client has only its id to send
		},
	}, m, nil
}

// who asks the provider who signed in. A program that stays would keep the
// tokens where the system keeps passwords; this one forgets them.
func (a *App) who(ctx context.Context, config *oauth2.Config, m metadata, tokens *oauth2.Token) (Who, error) {
	var w Who
	err := a.getJSON(ctx, config.Client(ctx, tokens), m.UserInfo, &w)
	return w, err
}

func (a *App) getJSON(ctx context.Context, client *http.Client, address string, to any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	err = json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(to)
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("cli: %s answered %s", address, answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}
