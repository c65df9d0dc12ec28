// Package dialogues plays conversations with the assembled provider.
package dialogues
