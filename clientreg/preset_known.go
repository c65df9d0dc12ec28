package clientreg

import (
	"slices"
	"strings"
)

// Known is a program of somebody else that many people connect: an assistant, an
// editor, a tool. It is data, and no trust comes with it: nothing is let in before
// an operator writes its preset into a seed, or among the redirects of
// DynamicOptions.
type Known struct {
	// Preset is its name in Seed.Preset and DynamicOptions.Redirects.
	Preset string
	// Name is what people read when they are asked to agree.
	Name string
	// ApplicationType is "web" or "native".
	ApplicationType string
	// RedirectURIs are where it takes answers. The port of loopback is free.
	RedirectURIs []string
	// SecretMethod is how it authenticates where it is given a secret; empty is not
	// known. Without one it is public.
	SecretMethod string
	// Note is what an operator has to know beside.
	Note string
	// Source is a page that says so, Seen the month in which it was read.
	Source, Seen string
}

// KnownClients are the programs that presets exist for, by name. Each call gives a
// list of its own.
func KnownClients() []Known {
	return []Known{
		{
			Preset: "chatgpt", Name: "ChatGPT", ApplicationType: "web",
			RedirectURIs: []string{"https://chatgpt.com/connector_platform_oauth_redirect"},
			Note:         "Some connections use https://chatgpt.com/connector/oauth/ and an id that ChatGPT shows: then write that one.",
			Source:       "https://developers.openai.com/apps-sdk/build/auth", Seen: "2026-11",
		}, {
			Preset: "claude", Name: "Claude", ApplicationType: "web",
			RedirectURIs: []string{"https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"},
			SecretMethod: "client_secret_post",
			Note:         "Claude in the browser, on the desk and on phones. A secret is optional in its settings.",
			Source:       "https://claude.com/docs/connectors/building/authentication", Seen: "2026-11",
		}, {
			Preset: "claude-code", Name: "Claude Code", ApplicationType: "native",
			RedirectURIs: []string{"http://localhost/callback", "http://127.0.0.1/callback"},
			Source:       "https://github.com/anthropics/claude-code/issues/37767", Seen: "2026-11",
		}, {
			Preset: "cursor", Name: "Cursor", ApplicationType: "native",
			RedirectURIs: []string{
				"cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
			},
			Note:   "Older versions use the scheme cursor, later ones loopback; the https address is that of its agents in the cloud.",
			Source: "https://cursor.com/docs/mcp", Seen: "2026-11",
		}, {
			Preset: "gemini-cli", Name: "Gemini CLI", ApplicationType: "native",
			RedirectURIs: []string{"http://localhost:7777/oauth/callback"},
			Source:       "https://google-gemini.github.io/gemini-cli/docs/tools/mcp-server.html", Seen: "2026-11",
		}, {
			Preset: "mcp-inspector", Name: "MCP Inspector", ApplicationType: "native",
			RedirectURIs: []string{"http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"},
			Note:         "A tool of developers, whose pages run at http://localhost:6274.",
			Source:       "https://github.com/modelcontextprotocol/inspector", Seen: "2026-11",
		}, {
			Preset: "vscode", Name: "Visual Studio Code", ApplicationType: "native",
			RedirectURIs: []string{
				"https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/", "http://localhost/",
			},
			Note:   "With GitHub Copilot, and the Insiders edition.",
			Source: "https://github.com/microsoft/vscode/issues/278512", Seen: "2026-11",
		},
	}
}

// redirectsOf puts the addresses of known programs in place of their names. Those
// on loopback need no entry: everybody may register them.
func redirectsOf(p *problems, entries []string) []string {
	var uris []string
	for _, entry := range entries {
		if strings.Contains(entry, ":") || entry == "" {
			uris = append(uris, entry)
			continue
		}
		at := slices.IndexFunc(KnownClients(), func(k Known) bool { return k.Preset == entry })
		if at < 0 {
			p.add("Redirects", "names %q, which is neither a URI nor a program that is known: write the whole URI", entry)
			continue
		}
		for _, uri := range KnownClients()[at].RedirectURIs {
			if !strings.HasPrefix(uri, "http://") {
				uris = append(uris, uri)
			}
		}
	}
	return uris
}
