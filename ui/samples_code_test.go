package ui

import "github.com/keywright/keywright/core"

// codeSamples are the pages of mailed codes, of generators of codes and of codes on paper.
func codeSamples() []sample {
	const key = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
	generator := func(p *core.Page) {
		p.QR = "otpauth://totp/Keywright:mara@example.com?algorithm=SHA1&digits=6&issuer=Keywright&period=30&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		p.Secrets, p.App = []string{key}, nil
	}
	paper := func(p *core.Page) {
		p.Secrets = []string{
			"8f2k-0m4q-x7ht-3bwz", "c91p-zz3e-6rkd-y0av", "5tgn-w2hs-4jqx-m8e1", "vb70-kd3y-9f6c-p2rt", "2whe-q5zm-t1xn-8gk4",
			"r6yj-3c0v-hs9d-e7wb", "m4xp-8t2g-0kqf-z5n1", "d3ra-y7we-5vhc-j6k9", "0znb-4gms-q8tx-c2yp", "k1fv-9hd6-w3rj-7ae5",
		}
		p.App = nil
	}
	elsewhere := func(p *core.Page) { p.Args["elsewhere"] = true }
	return []sample{
		{"code-link", samplePage(core.PageCode, func(p *core.Page) { p.Args["link"] = true })},
		{"emailcode", samplePage("emailcode", func(p *core.Page) { p.Account = nil })},
		{"emailcode-error", samplePage("emailcode", withProblems(core.Problem{Field: "email", ID: "email_format"}), func(p *core.Page) {
			p.Account, p.Values = nil, map[string]string{"email": "mara@"}
		})},
		{"emailcode_link", samplePage("emailcode_link", func(p *core.Page) { p.Args["may"] = true })},
		{"emailcode_link-elsewhere", samplePage("emailcode_link", elsewhere)},
		{"emailcode_link-elsewhere-may", samplePage("emailcode_link", elsewhere, func(p *core.Page) { p.Args["may"] = true })},
		{"totp", samplePage("totp")},
		{"totp-error", samplePage("totp", withProblems(core.Problem{Field: "code", ID: "totp_wrong"}))},
		{"totp_new", samplePage("totp_new", generator)},
		{"totp_new-replaces", samplePage("totp_new", generator, withProblems(core.Problem{Field: "code", ID: "totp_wrong"}), func(p *core.Page) { p.Args["replaces"] = true })},
		{"recovery", samplePage("recovery")},
		{"recovery-error", samplePage("recovery", withProblems(core.Problem{Field: "code", ID: "recovery_wrong"}))},
		{"recovery_new", samplePage("recovery_new", paper)},
		{"recovery_new-replaces", samplePage("recovery_new", paper, withProblems(core.Problem{Field: "kept", ID: "recovery_keep"}), func(p *core.Page) {
			p.Args["replaces"], p.Args["n"] = true, 4
		})},
	}
}
