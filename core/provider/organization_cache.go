package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// maxCachedDomains bounds the memory that domains may take.
const maxCachedDomains = 4096

// organizationCache keeps, for at most core.MaxClientStale, whose domain one is,
// nobody's too, and which connections everybody is offered. It says where people
// are led and what is demanded of them; whether a sign-in by a connection counts
// is never read from it.
type organizationCache struct {
	mu       sync.RWMutex
	byDomain map[string]cachedOrganization // "" for the tenant itself
}

type cachedOrganization struct {
	organization core.Organization // zero for none
	connections  []core.Connection // that are switched on
	until        time.Time
}

func (c *organizationCache) get(domain string, at time.Time) (cachedOrganization, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	hit, ok := c.byDomain[domain]
	return hit, ok && at.Before(hit.until)
}

func (c *organizationCache) put(domain string, o cachedOrganization) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byDomain == nil || len(c.byDomain) >= maxCachedDomains {
		c.byDomain = map[string]cachedOrganization{}
	}
	c.byDomain[domain] = o
}

// Forget drops what is remembered of organizations and connections, after an
// operator has changed one through this process.
func (c *organizationCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byDomain = nil
}

// organizationOf finds whose domain an address has, with the connections that
// people can sign in by: the same read for every address of the domain, whether
// somebody has it or not (ENU01).
func (p *Provider) organizationOf(ctx context.Context, address string) (cachedOrganization, error) {
	domain, ok := mailaddress.DomainOf(address)
	if !ok {
		return cachedOrganization{}, nil
	}
	return p.organizationByDomain(ctx, domain)
}

func (p *Provider) organizationByDomain(ctx context.Context, domain string) (cachedOrganization, error) {
	at := p.now()
	if hit, ok := p.organizations.get(domain, at); ok {
		return hit, nil
	}
	o, connections, err := p.Store.OrganizationByDomain(ctx, domain)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return cachedOrganization{}, err
	}
	found := cachedOrganization{until: at.Add(core.MaxClientStale)}
	if err == nil && !o.Deleted {
		found.organization = o
		if !o.Disabled {
			found.connections = p.liveConnections(connections)
		}
	}
	p.organizations.put(domain, found)
	return found, nil
}

// everybodys are the connections of the tenant itself.
func (p *Provider) everybodys(ctx context.Context) ([]core.Connection, error) {
	at := p.now()
	if hit, ok := p.organizations.get("", at); ok {
		return hit.connections, nil
	}
	all, err := p.Store.Connections(ctx, core.ID{}, core.PageOf{Limit: core.MaxConnections})
	if err != nil {
		return nil, err
	}
	found := cachedOrganization{connections: p.liveConnections(all), until: at.Add(core.MaxClientStale)}
	p.organizations.put("", found)
	return found.connections, nil
}

// liveConnections are those that are switched on and have an authenticator that
// speaks to them and may begin a sign-in, in the order of their labels.
func (p *Provider) liveConnections(all []core.Connection) []core.Connection {
	var out []core.Connection
	for _, c := range all {
		if a := p.byMethod(c.Kind); a != nil && serves(a, core.TurnSignIn) && slices.Contains(p.policy.First, c.Kind) && !c.Disabled && !c.Deleted {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b core.Connection) int { return strings.Compare(a.Label, b.Label) })
	return out
}
