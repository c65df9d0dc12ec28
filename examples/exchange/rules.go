package main

import (
	"time"

	"github.com/keywright/keywright/core"
)

const (
	scopeOrders = "orders:read"
	scopeStock  = "stock:read"
)

// rules is what the operator of the provider writes into Config.Exchange. What they do not name is refused.
func rules(ordersAPI, stockAPI, partner, partnerAPI string) core.Exchange {
	return core.Exchange{
		Rules: []core.ExchangeRule{
			// The orders API looks up stock for whoever calls it.
			{
				Client: "orders-api", From: []string{ordersAPI}, To: stockAPI,
				Needs: []string{scopeOrders}, Scopes: []string{scopeStock}, OtherScopes: true,
			},
			// An agent, signed in to by the person, does the same with the token that it was given itself; not for long.
			{
				Client: "agent", From: []string{ordersAPI}, To: stockAPI,
				Needs: []string{scopeOrders}, Scopes: []string{scopeStock}, OtherScopes: true, MaxLifetime: time.Minute,
			},
		},
		Assertions: []core.AssertionRule{
			// The partner's authorization server may be told of our staff, for its tools and for nothing else.
			{
				Client: "agent", ClientID: "our-agent", Audience: partner, Resource: partnerAPI, Scopes: []string{"tools:use"},
				Organizations: []string{"staff"}, Email: true,
			},
		},
	}
}
