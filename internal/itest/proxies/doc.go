// Package proxies runs nginx and Caddy with the very files of
// examples/deploy/proxies before a whole provider, and walks through them the way
// applications and browsers do: sign-in, tokens, discovery, limits, reload. It
// holds tests only.
package proxies
