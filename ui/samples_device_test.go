package ui

import (
	"time"

	"github.com/keywright/keywright/core"
)

func deviceSamples() []sample {
	screen := func(p *core.Page) {
		p.App = &core.AppView{Name: "Harbour Screen", Lane: core.LaneSeeded}
		p.Args["code"], p.Args["from"], p.Args["duration"] = "WDJB-MJHT", "192.0.2.60", 2*time.Minute
	}
	nobody := func(p *core.Page) { p.App, p.Account = nil, nil }
	here := func(p *core.Page) { p.Args["here"] = true }
	return []sample{
		{"device", samplePage(core.PageDevice, nobody)},
		{"device-filled", samplePage(core.PageDevice, nobody, func(p *core.Page) { p.Values = map[string]string{"user_code": "WDJB-MJHT"} })},
		{"device-error", samplePage(core.PageDevice, nobody, withProblems(core.Problem{Field: "user_code", ID: "user_code_unknown"}), func(p *core.Page) { p.Values = map[string]string{"user_code": "WDJB-MJHT"} })},
		{"device-format", samplePage(core.PageDevice, nobody, withProblems(core.Problem{Field: "user_code", ID: "user_code_format"}))},
		{"device_confirm", samplePage(core.PageDeviceAsk, screen, consent(core.ConsentView{Scopes: scopeViews(), Resources: resourceViews(), Offline: true}))},
		{"device_confirm-here", samplePage(core.PageDeviceAsk, screen, here, consent(core.ConsentView{Scopes: scopeViews()[:2]}))},
		{"device_confirm-changed", samplePage(core.PageDeviceAsk, screen, withProblems(core.Problem{ID: "consent_changed"}), consent(core.ConsentView{Scopes: scopeViews()[:1]}))},
		{"device_done", samplePage(core.PageDeviceDone, screen)},
		{"device_denied", samplePage(core.PageDeviceNot, screen)},
	}
}
