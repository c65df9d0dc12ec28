package providertest

import "github.com/keywright/keywright/core"

// Invite mails an invitation, as an operator would.
func (p *Provider) Invite(i core.Invitation) {
	p.t.Helper()
	if err := p.idp.Invite(p.t.Context(), i); err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
}
