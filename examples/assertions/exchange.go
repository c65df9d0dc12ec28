package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// provider is where assertions become access tokens.
type provider struct {
	http     *http.Client
	endpoint string // the token endpoint
}

// workload gets a token for what the assertion alone allows.
func (p provider) workload(ctx context.Context, assertion, resource string) (string, error) {
	return p.exchange(ctx, url.Values{"assertion": {assertion}, "resource": {resource}}, "", "")
}

// agent gets a token for the person whom an ID-JAG is about. The client has to be the
// one that the ID-JAG names.
func (p provider) agent(ctx context.Context, idJAG, clientID, secret string) (string, error) {
	return p.exchange(ctx, url.Values{"assertion": {idJAG}}, clientID, secret)
}

func (p provider) exchange(ctx context.Context, form url.Values, clientID, secret string) (string, error) {
	form.Set("grant_type", jwtBearer)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if clientID != "" {
		r.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
	}
	answer, err := p.http.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var said struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 64<<10)).Decode(&said); err != nil {
		return "", fmt.Errorf("status %d: %w", answer.StatusCode, err)
	}
	if said.AccessToken == "" {
		return "", fmt.Errorf("status %d: %s: %s", answer.StatusCode, said.Error, said.Description)
	}
	return said.AccessToken, nil
}
