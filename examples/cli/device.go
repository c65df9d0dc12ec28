package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/oauth2"
)

// ByDevice shows a code that the person types in any browser, and waits (RFC
// 8628). Where a browser is on this computer, InBrowser is safer: nobody can be
// talked into typing somebody else's code there.
func (a *App) ByDevice(ctx context.Context) (Who, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.HTTP)
	config, m, err := a.discover(ctx)
	if err != nil {
		return Who{}, err
	}
	if m.Device == "" {
		return Who{}, errors.New("cli: this provider has no device grant: leave -device out")
	}
	asked, err := config.DeviceAuth(ctx)
	if err != nil {
		return Who{}, err
	}
	a.Say(fmt.Sprintf("Open %s and type %s", asked.VerificationURI, asked.UserCode))
	tokens, err := config.DeviceAccessToken(ctx, asked) // polls, and slows down when told to
	if err != nil {
		return Who{}, err
	}
	return a.who(ctx, config, m, tokens)
}
