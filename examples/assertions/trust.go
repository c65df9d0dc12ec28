package main

import (
	"github.com/keywright/keywright/core"
)

// What is protected, and what can be done with it.
const (
	notes       = "https://mcp.example.com/notes"
	deployments = "https://deploy.example.com"
)

func resources() []core.Resource {
	return []core.Resource{
		{URI: notes, Name: "Notes", Scopes: []string{"notes:read", "notes:write"}, Format: core.JWT},
		{URI: deployments, Name: "Deployments", Scopes: []string{"deploy:start"}, Format: core.JWT},
	}
}

// trusted is for Config.TrustedIssuers.
func trusted() []core.TrustedIssuer { return []core.TrustedIssuer{company(), actions(), cluster()} }

// company is the identity provider of Acme, which says what agents may do for its
// people.
func company() core.TrustedIssuer {
	return core.TrustedIssuer{
		Issuer:  "https://acme.okta.com",
		KeysURI: "https://acme.okta.com/oauth2/v1/keys",
		People: &core.TrustedPeople{
			Access:     []core.Access{{Resource: notes, Scopes: []string{"notes:read"}}},
			Domains:    []string{"acme.example"},
			JustInTime: true,
		},
	}
}

// actions are the workflows of one branch of one repository.
func actions() core.TrustedIssuer {
	return core.TrustedIssuer{
		Issuer:  "https://token.actions.githubusercontent.com",
		KeysURI: "https://token.actions.githubusercontent.com/.well-known/jwks",
		Workloads: []core.TrustedWorkload{{
			Client: "deployer",
			Claims: map[string]string{"repository_id": "512345", "ref": "refs/heads/main", "environment": "production"},
			Access: []core.Access{{Resource: deployments, Scopes: []string{"deploy:start"}}},
		}},
	}
}

// cluster is one service account of a Kubernetes cluster. Its token lies in a file
// and is used again until the cluster renews it.
func cluster() core.TrustedIssuer {
	return core.TrustedIssuer{
		Issuer:  "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
		KeysURI: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE/keys",
		Workloads: []core.TrustedWorkload{{
			Client:   "deployer",
			Claims:   map[string]string{"sub": "system:serviceaccount:delivery:deployer"},
			Access:   []core.Access{{Resource: deployments, Scopes: []string{"deploy:start"}}},
			Reusable: true,
		}},
	}
}
