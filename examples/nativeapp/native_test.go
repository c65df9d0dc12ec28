package nativeapp

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

const word = "seven slow trains to Turin"

// start gives an application, and a provider that allows it to ask.
func start(t *testing.T) (*providertest.Provider, *App) {
	t.Helper()
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.FirstPartyApps = true }))
	p.Client(clientreg.Seed{
		ID: "phone", AuthMethod: "none", FirstParty: true, Challenge: true,
		RedirectURIs: []string{"com.example.phone:/callback"}, // for when a browser is needed
		GrantTypes:   []string{"authorization_code", "refresh_token"}, Scope: "openid email offline_access",
	})
	return p, &App{Issuer: p.Issuer(), ClientID: "phone", HTTP: p.HTTP()}
}

// script answers pages in turn, and notes which were asked.
func script(asked *[]string, fill map[string]func(Page) (map[string]string, string)) func(context.Context, Page) (map[string]string, string, error) {
	return func(_ context.Context, p Page) (map[string]string, string, error) {
		*asked = append(*asked, p.Name)
		answer, ok := fill[p.Name]
		if !ok || len(*asked) > 8 {
			return nil, "", errors.New("nothing to say to " + p.Name)
		}
		fields, step := answer(p)
		return fields, step, nil
	}
}

func TestFPA01_SignIn(t *testing.T) {
	p, app := start(t)
	p.Person("ada@example.com", word)
	var asked []string
	app.Ask = script(&asked, map[string]func(Page) (map[string]string, string){
		"signin": func(Page) (map[string]string, string) { return map[string]string{"identifier": "ada@example.com"}, "" },
		"password": func(at Page) (map[string]string, string) {
			if len(at.Problems) == 0 {
				return map[string]string{"password": "seven slow trains to Trent"}, "" // mistyped
			}
			return map[string]string{"password": word}, ""
		},
	})
	tokens, err := app.SignIn(t.Context(), "openid email offline_access")
	if err != nil || tokens.AccessToken == "" || tokens.RefreshToken == "" || tokens.Extra("id_token") == nil {
		t.Fatalf("%v %v", tokens, err)
	}
	if want := []string{"signin", "password", "password"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

// The same authenticator proves an address by a mailed code, here as in a browser.
func TestFPA01_SignUpWithAMailedCode(t *testing.T) {
	p, app := start(t)
	var asked []string
	app.Ask = script(&asked, map[string]func(Page) (map[string]string, string){
		"signin": func(at Page) (map[string]string, string) { return nil, at.Links["signup"] },
		"signup": func(Page) (map[string]string, string) {
			return map[string]string{"name": "Grace Hopper", "email": "grace@example.com", "password": word}, ""
		},
		"code": func(Page) (map[string]string, string) {
			return map[string]string{"code": p.LastCode("grace@example.com")}, ""
		},
	})
	tokens, err := app.SignIn(t.Context(), "openid email")
	if err != nil || tokens.AccessToken == "" {
		t.Fatalf("%v %v", tokens, err)
	}
	if want := []string{"signin", "signup", "code"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestFPA01_WithoutTheEndpoint(t *testing.T) {
	p := providertest.New(t)
	app := &App{Issuer: p.Issuer(), ClientID: "phone", HTTP: p.HTTP()}
	if _, err := app.SignIn(t.Context(), "openid"); !errors.Is(err, ErrUseBrowser) {
		t.Error(err)
	}
}
