package ui

import "github.com/keywright/keywright/core"

// samlSamples are the page of the SAML authenticator, for each thing that it says.
func samlSamples() []sample {
	var all []sample
	for _, id := range []string{"saml_refused", "saml_denied", "saml_fresh", "saml_context", "saml_old", "saml_away"} {
		problem := core.Problem{ID: id, Args: map[string]any{"provider": "Okta"}}
		all = append(all, sample{id, samplePage("saml", withProblems(problem), func(p *core.Page) { p.Account, p.Args["provider"] = nil, "Okta" })})
	}
	return all
}
