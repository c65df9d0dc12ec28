package core

import "crypto/sha256"

// Digest pending.
func (c *Client) Digest() Hash {
	b, _ := c.MarshalPayload()
	return sha256.Sum256(b)
}
