package core

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"
)

func testClient() Client {
	return Client{ID: "app", Lane: LaneSeeded, ClientMetadata: ClientMetadata{
		Name: "App", RedirectURIs: []string{"https://a.example/cb", "https://b.example/cb"}, AuthMethod: AuthNone,
	}}
}

func TestCN01_digestSeesWhatMatters(t *testing.T) {
	c := testClient()
	base := c.Digest()
	for name, x := range map[string]struct {
		change func(*Client)
		same   bool
	}{
		"id":        {func(c *Client) { c.ID = "App" }, false},
		"lane":      {func(c *Client) { c.Lane = LaneCIMD }, false},
		"name":      {func(c *Client) { c.Name = "Other" }, false},
		"home":      {func(c *Client) { c.ClientURI = "https://x" }, false},
		"logo":      {func(c *Client) { c.LogoURI = "https://x" }, false},
		"policy":    {func(c *Client) { c.PolicyURI = "https://x" }, false},
		"terms":     {func(c *Client) { c.TermsURI = "https://x" }, false},
		"type":      {func(c *Client) { c.ApplicationType = "native" }, false},
		"method":    {func(c *Client) { c.AuthMethod = AuthSecretBasic }, false},
		"redirect":  {func(c *Client) { c.RedirectURIs[0] += "x" }, false},
		"one less":  {func(c *Client) { c.RedirectURIs = c.RedirectURIs[:1] }, false},
		"turned":    {func(c *Client) { c.RedirectURIs[0], c.RedirectURIs[1] = c.RedirectURIs[1], c.RedirectURIs[0] }, true},
		"secret":    {func(c *Client) { c.Secrets = []ClientSecret{{}} }, true},
		"scopes":    {func(c *Client) { c.Scopes = []string{"x"} }, true},
		"version":   {func(c *Client) { c.Version = 9 }, true},
		"lifetimes": {func(c *Client) { c.Lifetimes.Code = 1 }, true},
	} {
		changed := testClient()
		x.change(&changed)
		if (changed.Digest() == base) != x.same {
			t.Errorf("%s: the digest does not say so", name)
		}
	}
	// Frozen: another value here would ask everybody for consent again.
	const frozen = "d8e2290c9c9f03026fb28acc1a99d676a3fe3e2be915b5e6cc3d453bf5133772"
	if got := hex.EncodeToString(base[:]); got != frozen {
		t.Errorf("the digest is now %s", got)
	}
	order := testClient()
	order.RedirectURIs[0], order.RedirectURIs[1] = order.RedirectURIs[1], order.RedirectURIs[0]
	if order.Digest(); order.RedirectURIs[0] != "https://b.example/cb" {
		t.Error("Digest sorts the client's own list")
	}
}

func TestCA04_secretsOverlap(t *testing.T) {
	old, current := sha256.Sum256([]byte("old")), sha256.Sum256([]byte("current"))
	c := Client{ClientMetadata: ClientMetadata{Secrets: []ClientSecret{{Hash: old, Until: testAt}, {Hash: current}}}}
	for _, x := range []struct {
		hash Hash
		at   time.Time
		want bool
	}{
		{old, testAt.Add(-µs), true}, {old, testAt, false}, {old, testAt.Add(µs), false},
		{current, testAt.Add(-µs), true}, {current, testAt.Add(time.Hour), true},
		{Hash{1}, testAt, false}, {Hash{}, testAt, false},
	} {
		if got := c.CheckSecret(x.hash, x.at); got != x.want {
			t.Errorf("%x at %v: %v", x.hash[:2], x.at, got)
		}
	}
	empty := Client{ClientMetadata: ClientMetadata{Secrets: []ClientSecret{{}}}}
	if empty.CheckSecret(Hash{}, testAt) || (&Client{}).CheckSecret(current, testAt) {
		t.Error("no secret opens")
	}
}
