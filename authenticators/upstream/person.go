package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/subject"
)

// person is what a provider says of who came.
type person struct {
	*site
	access          string
	issuer, subject string
	id, info        claims // of the ID token and of userinfo; info may be nil
	token           idToken
	address         *address // of Endpoints.Emails
	posted          string   // Apple's user
}

// ask collects what the provider says: the ID token where there is one, userinfo where something is missing.
func (w *person) ask(ctx context.Context, t core.Turn, try *attempt, m metadata, token *oauth2.Token) error {
	if !w.OAuth2 {
		raw, _ := token.Extra("id_token").(string)
		if raw == "" {
			return fmt.Errorf("%w: no ID token", errBroken)
		}
		var err error
		if w.token, w.id, err = w.verifyID(ctx, t, try, m, raw, token.AccessToken); err != nil {
			return err
		}
		w.issuer, w.subject = w.token.Issuer, w.token.Subject
	}
	if err := w.askUserInfo(ctx, m); err != nil {
		return err
	}
	if w.Apple != nil {
		w.posted, _ = single(t.Returned.Values, "user")
	}
	if w.Endpoints.Emails == "" {
		return nil
	}
	doc, err := w.getJSON(ctx, w.Endpoints.Emails, w.access)
	if err != nil {
		return fmt.Errorf("addresses: %w", err)
	}
	w.address, err = primaryAddress(doc)
	return err
}

// askUserInfo asks who the access token just obtained is of (RP-09). Where an ID token has said so already, it must be the
// same (RP-08, LNK07).
func (w *person) askUserInfo(ctx context.Context, m metadata) error {
	names := w.Claims.or()
	enough := w.NoUserInfo || m.UserInfo == "" || w.id.text(names.Email) != "" && w.id.text(names.Name) != ""
	if !w.OAuth2 && enough {
		return nil
	}
	doc, err := w.getJSON(ctx, m.UserInfo, w.access)
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if w.info, err = parseClaims(doc); err != nil {
		return fmt.Errorf("%w: userinfo: %w", errBroken, err)
	}
	if w.OAuth2 {
		w.issuer, w.subject = w.Issuer, w.info.subject(names.Subject)
		if w.subject == "" {
			return fmt.Errorf("%w: userinfo names nobody", errBroken)
		}
		return nil
	}
	if w.info.text("sub") != w.subject {
		return fmt.Errorf("%w: userinfo is about somebody else", errLie)
	}
	return nil
}

// identity is the person in our terms.
func (w *person) identity(t core.Turn, method string) (core.Identity, error) {
	names := w.Claims.or()
	if hosted := w.first(w.Claims.HostedDomain); len(w.HostedDomains) > 0 && !slices.Contains(w.HostedDomains, strings.ToLower(hosted)) {
		return core.Identity{}, &problemError{problemHosted, "an account of another company, or of none"}
	}
	who := core.Identity{
		Key: core.CredentialKey{Kind: method, Handle: w.handle()}, Issuer: w.issuer, Subject: w.subject, Stable: true,
		Profile: core.Profile{
			Name: oneLine(w.first(names.Name)), GivenName: oneLine(w.first(names.GivenName)), FamilyName: oneLine(w.first(names.FamilyName)),
			PreferredUsername: oneLine(w.first(names.PreferredUsername)), Locale: oneLine(w.first(names.Locale)), Picture: w.picture(names.Picture),
			Claims: w.more(),
		},
		AMR: []string{"fed"}, ACR: oneLine(textOf(w.token.ACR)), AuthTime: w.token.AuthTime.Time(), SessionIndex: oneLine(textOf(w.token.Session)),
	}
	w.namePosted(&who.Profile)
	if w.severalFactors() {
		who.AMR = append(who.AMR, "mfa")
	}
	who.Profile.Email, who.Profile.EmailVerified = w.email(names)
	who.EmailTrusted = who.Profile.EmailVerified && w.speaksFor(who.Profile.Email)
	return who, nil
}

// handle is the key of the link: issuer and subject, hashed. For a connection its id goes in too, since whoever configures
// one says what its issuer is called: no organization's connection may name the people of another's.
func (w *person) handle() string {
	connection := ""
	if !w.connection.IsZero() {
		connection = w.connection.String()
	}
	return subject.Of(connection, w.issuer, w.subject)
}

// first is a claim that is text, of the ID token or else of userinfo.
func (w *person) first(name string) string {
	if s := w.id.text(name); s != "" {
		return s
	}
	return w.info.text(name)
}

// picture is an https URL, or none. It is never fetched here (LNK16).
func (w *person) picture(name string) string {
	u := w.first(name)
	if len(u) > maxPicture || checkURL(u, false) != nil {
		return ""
	}
	return u
}

// more is what Claims.More asks to keep.
func (w *person) more() map[string]json.RawMessage {
	var kept map[string]json.RawMessage
	for ours, theirs := range w.Claims.More {
		raw := w.id.at(theirs)
		if raw == nil {
			raw = w.info.at(theirs)
		}
		if raw == nil || len(raw) > maxClaim {
			continue
		}
		if kept == nil {
			kept = map[string]json.RawMessage{}
		}
		kept[ours] = raw
	}
	return kept
}

// severalFactors: the provider says so, in words that the configuration believes (RP-16).
func (w *person) severalFactors() bool {
	var amr []string
	_ = json.Unmarshal(w.token.AMR, &amr) // of another kind: none
	return slices.ContainsFunc(append(amr, textOf(w.token.ACR)), func(v string) bool { return v != "" && slices.Contains(w.TrustAMR, v) })
}

// namePosted takes the name that Apple has the browser post with the first sign-in. Anybody at that browser could have
// written it, so it is a name and nothing else.
func (w *person) namePosted(p *core.Profile) {
	var user struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if len(w.posted) == 0 || len(w.posted) > maxClaim || json.Unmarshal([]byte(w.posted), &user) != nil {
		return
	}
	if p.GivenName == "" && p.FamilyName == "" {
		p.GivenName, p.FamilyName = oneLine(user.Name.First), oneLine(user.Name.Last)
	}
	if p.Name == "" {
		p.Name = oneLine(p.GivenName + " " + p.FamilyName)
	}
}
