package clientreg

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// problems collects everything that is wrong with one seed.
type problems struct {
	client string
	found  []error
}

// add says what is wrong with a field, and after the colon how to mend it.
func (p *problems) add(field, format string, args ...any) {
	p.found = append(p.found, fmt.Errorf("client %q: %s %s", p.client, field, fmt.Sprintf(format, args...)))
}

// checkSeeds turns every seed into a client, or says all that is wrong.
func checkSeeds(seeds []Seed, folder string) ([]core.Client, error) {
	var found []error
	clients := make([]core.Client, 0, len(seeds))
	seen := map[string]bool{}
	for i, s := range seeds {
		p := problems{client: s.ID}
		if s.ID == "" {
			p.client = fmt.Sprintf("number %d", i+1)
		}
		if seen[s.ID] && s.ID != "" {
			p.add("client_id", "is there twice: keep one")
		}
		seen[s.ID] = true
		if s.Preset != "" && !slices.Contains(presets(), s.Preset) {
			p.add("preset", "is %q, which is not known: use one of %s", s.Preset, strings.Join(presets(), ", "))
		}
		s = s.Completed()
		clients = append(clients, s.client(&p, folder))
		found = append(found, p.found...)
	}
	return clients, errors.Join(found...)
}

// client checks the seed and gives the client it describes.
func (s *Seed) client(p *problems, folder string) core.Client {
	s.checkID(p)
	c := core.Client{ID: s.ID, Lane: core.LaneSeeded}
	c.Name, c.ClientURI, c.LogoURI, c.PolicyURI, c.TermsURI = s.Name, s.ClientURI, s.LogoURI, s.PolicyURI, s.TermsURI
	c.FirstParty, c.RequireAuthTime, c.StrictScopes = s.FirstParty, s.RequireAuthTime, s.StrictScopes
	c.Serves, c.InsecureNoPKCE, c.Challenge = s.Serves, s.InsecureNoPKCE, s.Challenge
	if s.Challenge && !s.FirstParty {
		p.add("authorization_challenge", "is set, but first_party is not: only your own applications may ask people for passwords")
	}
	s.checkLinks(p)
	s.grantTypes(p, &c)
	s.redirects(p, &c)
	s.authentication(p, &c, folder)
	s.access(p, &c)
	s.choices(p, &c)
	s.lifetimes(p, &c)
	s.tokens(p, &c)
	return c
}

// checkID keeps the lanes and the subjects apart (BC-02).
func (s *Seed) checkID(p *problems) {
	switch {
	case s.ID == "":
		p.add("client_id", "is missing: choose one")
	case len(s.ID) > core.MaxClientID:
		p.add("client_id", "is longer than %d bytes: choose a shorter one", core.MaxClientID)
	case strings.ContainsFunc(s.ID, func(r rune) bool { return r <= 0x20 || r > 0x7e }):
		p.add("client_id", "holds something else than printable ASCII without spaces: choose another")
	case !owns(s.ID), strings.HasPrefix(s.ID, "usr_"):
		p.add("client_id", "begins like the ids of another kind (https://, kw_cl_, usr_): choose another")
	}
}

// checkLinks lets people be sent to https only (OR-04).
func (s *Seed) checkLinks(p *problems) {
	for _, l := range []struct{ field, uri string }{
		{"client_uri", s.ClientURI}, {"logo_uri", s.LogoURI}, {"policy_uri", s.PolicyURI}, {"tos_uri", s.TermsURI},
	} {
		if l.uri == "" {
			continue
		}
		if u, err := url.Parse(l.uri); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			p.add(l.field, "is not an https URL: mend it or leave it out")
		}
	}
}

func (s *Seed) grantTypes(p *problems, c *core.Client) {
	c.GrantTypes = slices.Clone(s.GrantTypes)
	if len(c.GrantTypes) == 0 {
		c.GrantTypes = []string{core.GrantAuthorizationCode} // OR-01
	}
	known := []string{
		core.GrantAuthorizationCode, core.GrantRefreshToken, core.GrantClientCredentials, core.GrantDeviceCode, core.GrantTokenExchange,
		core.GrantJWTBearer,
	}
	for _, g := range c.GrantTypes {
		if !slices.Contains(known, g) {
			p.add("grant_types", "holds %q, which is not known: use %s", g, strings.Join(known, ", "))
		}
	}
	if c.MayUse(core.GrantRefreshToken) && !c.MayUse(core.GrantAuthorizationCode) && !c.MayUse(core.GrantDeviceCode) {
		p.add("grant_types", "holds refresh_token alone: add authorization_code, from which refresh tokens come")
	}
}

// redirects are complete and allowed (RD-01, RD-08 to RD-10, OR-02).
func (s *Seed) redirects(p *problems, c *core.Client) {
	c.RedirectURIs, c.LogoutURIs, c.ApplicationType = slices.Clone(s.RedirectURIs), slices.Clone(s.LogoutURIs), s.ApplicationType
	switch c.ApplicationType {
	case "":
		c.ApplicationType = "web"
		if redirecturi.Native(c.RedirectURIs) {
			c.ApplicationType = "native"
		}
	case "web":
		if slices.ContainsFunc(c.RedirectURIs, func(u string) bool { return !redirecturi.IsHTTPS(u) }) {
			p.add("redirect_uris", "holds one that is not https, which application_type web must not: set native or leave it out")
		}
	case "native":
	default:
		p.add("application_type", "is neither web nor native: choose one or leave it out")
	}
	if c.MayUse(core.GrantAuthorizationCode) && len(c.RedirectURIs) == 0 {
		p.add("redirect_uris", "is empty, but grant_types holds authorization_code: add the client's callback")
	}
	for _, l := range []struct {
		field string
		uris  []string
	}{{"redirect_uris", c.RedirectURIs}, {"post_logout_redirect_uris", c.LogoutURIs}} {
		for i, uri := range l.uris {
			if err := redirecturi.CheckRegistration(uri, redirecturi.Agents()); err != nil {
				p.add(fmt.Sprintf("%s[%d]", l.field, i), "cannot be registered: %v", err)
			}
		}
	}
}

// lifetimes within the limits that core.Lifetimes states.
func (s *Seed) lifetimes(p *problems, c *core.Client) {
	l := s.Lifetimes
	const year = 366 * 24 * time.Hour
	for _, f := range []struct {
		field      string
		value, max time.Duration
	}{
		{"code", l.Code, 10 * time.Minute}, {"access_token", l.AccessToken, time.Hour}, {"id_token", l.IDToken, time.Hour},
		{"refresh_idle", l.RefreshIdle, year}, {"refresh_max", l.RefreshMax, year}, {"overlap", max(l.Overlap, 0), core.MaxOverlap},
	} {
		if f.value != 0 && (f.value < time.Second || f.value > f.max) {
			p.add("lifetimes."+f.field, "is not between 1s and %v: write one that is, or leave it out", f.max)
		}
	}
	c.Lifetimes = core.Lifetimes{
		Code: l.Code, AccessToken: l.AccessToken, IDToken: l.IDToken,
		RefreshIdle: l.RefreshIdle, RefreshMax: l.RefreshMax, Overlap: l.Overlap,
	}
}
