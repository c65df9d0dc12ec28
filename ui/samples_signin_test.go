package ui

import (
	"time"

	"github.com/keywright/keywright/core"
)

// linkedWays are the choices of a second factor.
func linkedWays(to string, methods ...string) []core.Way {
	var ways []core.Way
	for _, m := range methods {
		ways = append(ways, core.Way{Method: m, Label: "way." + to + "." + m, URL: "/t/acme/interaction/x/" + m})
	}
	return ways
}

// secondSamples are the pages of second factors.
func secondSamples() []sample {
	seconds := func(p *core.Page) { p.Ways = linkedWays("second", "passkey", "totp", "emailcode", "recoverycode") }
	enrols := func(p *core.Page) { p.Ways = linkedWays("enrol", "passkey", "totp", "recoverycode") }
	return []sample{
		{"code-second", samplePage(core.PageCode, seconds, func(p *core.Page) { p.Args["remember"] = 30 * 24 * time.Hour })},
		{"second", samplePage(core.PageSecond, seconds)},
		{"second-own", samplePage(core.PageSecond, func(p *core.Page) {
			p.Ways = []core.Way{{Method: "ring", Label: "way.second.ring", URL: "/t/acme/interaction/x/ring"}}
		})},
		{"enrol", samplePage(core.PageEnrol, enrols)},
	}
}

// connectionSamples are the pages of companies and of other identity providers.
func connectionSamples() []sample {
	return []sample{
		{"connection", samplePage(core.PageConnection, corporate(false), func(p *core.Page) {
			p.Ways = append(p.Ways, core.Way{Method: "password", Label: "way.password"})
		})},
		{"connection-demanded", samplePage(core.PageConnection, corporate(true))},
		{"connection-none", samplePage(core.PageConnection, corporate(true), func(p *core.Page) { p.Ways, p.Args["none"] = nil, true })},
		{"identity", samplePage(core.PageIdentity, elsewhere(false))},
		{"identity-offer", samplePage(core.PageIdentity, elsewhere(true))},
		{"identity-nameless", samplePage(core.PageIdentity, elsewhere(true), func(p *core.Page) { p.Account, p.Args["email"] = nil, "" })},
	}
}

func corporate(demanded bool) func(*core.Page) {
	return func(p *core.Page) {
		p.Account = &core.AccountView{Email: "mara@harbour.example"}
		p.Args = map[string]any{"organisation": "Harbour Works", "demanded": demanded, "none": false}
		p.Ways = []core.Way{{Method: "connection:1", Label: "Harbour Works"}, {Method: "connection:2", Label: "Harbour Yards"}}
	}
}

func elsewhere(offer bool) func(*core.Page) {
	return func(p *core.Page) {
		p.Args = map[string]any{"provider": "Google", "offer": offer}
	}
}
