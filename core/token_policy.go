package core

import "time"

// TokenPolicy is how long access to what a person has granted is handed out for.
type TokenPolicy string

// The policies. The zero value is short-lived tokens, renewed by refresh tokens
// where the client is registered for those.
const (
	TokensShort TokenPolicy = "short_lived"
	// TokensLong gives one opaque access token, without a refresh token, that lives
	// until it is revoked or its grant ends: at most MaxLongLived.
	TokensLong TokenPolicy = "long_lived"
)

// MaxLongLived is the longest life of an access token of TokensLong.
const MaxLongLived = 365 * 24 * time.Hour

// MaxShortLived is the longest life of every other one (TK-11).
const MaxShortLived = time.Hour

// LongLived says whether the access tokens of the client's grants live until they
// are revoked: only for one that the operator wrote down, never for one that came
// by itself.
func (c *Client) LongLived() bool { return c.Lane == LaneSeeded && c.TokenPolicy == TokensLong }
