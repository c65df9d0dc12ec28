// Package seal encrypts and authenticates small values under one key, as
// often as anybody likes.
//
// The algorithm is XAES-256-GCM (https://c2sp.org/XAES-256-GCM): each message
// draws a 24-byte nonce, of which the first half derives a fresh AES-256-GCM
// key (NIST SP 800-108r1, CMAC, counter mode) and the second half is that key's
// nonce. Random nonces are then safe for 2^80 messages, so no count of tokens
// wears a key out. It does not commit to its key: whoever keeps several keys
// names the right one beside the sealed value, in the additional data.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
)

const (
	nonceSize = 24
	tagSize   = 16

	// Overhead is how many bytes a sealed value is longer than its plaintext:
	// 24 of nonce in front and 16 of tag behind.
	Overhead = nonceSize + tagSize
)

// ErrOpen means that a sealed value is not one of this key with this
// additional data. It never says more: nothing can be learnt by probing.
var ErrOpen = errors.New("seal: cannot be opened")

// Key seals and opens. It is prepared once, holds no changing state, and may
// be used by any number of goroutines. It prints as nothing.
type Key struct {
	block  cipher.Block
	subkey [aes.BlockSize]byte // K1 of CMAC, the same for all messages
}

// New prepares a key. It fails only where the platform refuses AES-256.
func New(key [32]byte) (*Key, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("seal: preparing the key: %w", err)
	}
	k := &Key{block: block}
	block.Encrypt(k.subkey[:], k.subkey[:])
	k.subkey = double(k.subkey)
	return k, nil
}

// double multiplies by x in GF(2^128): subkey generation of NIST SP 800-38B,
// section 6.1. It branches on nothing secret.
func double(l [aes.BlockSize]byte) (k1 [aes.BlockSize]byte) {
	var carry byte
	for i := len(l) - 1; i >= 0; i-- {
		k1[i] = l[i]<<1 | carry
		carry = l[i] >> 7
	}
	k1[len(k1)-1] ^= carry * 0b10000111
	return k1
}

// Seal appends nonce, ciphertext and tag to dst. Additional data is
// authenticated and not kept: Open must be given the same bytes. The plaintext
// must not overlap dst's spare room.
func (k *Key) Seal(dst, plaintext, additional []byte) []byte {
	start := len(dst)
	var room [nonceSize]byte
	dst = append(dst, room[:]...)
	nonce := dst[start : start+nonceSize : start+nonceSize]
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return k.seal(dst, nonce, plaintext, additional)
}

func (k *Key) seal(dst, nonce, plaintext, additional []byte) []byte {
	aead, err := k.derive(nonce[:12])
	if err != nil {
		// The same call succeeded in New with a key of the same length.
		panic("seal: AES-256-GCM became unavailable: " + err.Error())
	}
	// Encrypted where it will stand, so that the caller's plaintext need not be on
	// the heap.
	start := len(dst)
	dst = append(dst, plaintext...)
	return aead.Seal(dst[:start], nonce[12:], dst[start:], additional)
}

// Open appends the plaintext to dst. Every failure is ErrOpen, and dst is then
// not extended. The sealed bytes are left unchanged.
func (k *Key) Open(dst, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrOpen
	}
	nonce := sealed[:nonceSize]
	aead, err := k.derive(nonce[:12])
	if err != nil {
		return nil, fmt.Errorf("seal: preparing the derived key: %w", err)
	}
	plaintext, err := aead.Open(dst, nonce[12:], sealed[nonceSize:], additional)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// derive makes the AEAD of one message: two blocks of counter-mode CMAC over
// the label "X" and the first half of the nonce.
func (k *Key) derive(context []byte) (cipher.AEAD, error) {
	var derived [32]byte
	for i := range 2 {
		block := derived[i*aes.BlockSize : (i+1)*aes.BlockSize]
		block[1], block[2] = byte(i+1), 'X'
		copy(block[4:], context)
		for j := range block {
			block[j] ^= k.subkey[j]
		}
		k.block.Encrypt(block, block)
	}
	block, err := aes.NewCipher(derived[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Format prints no part of a key, whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "seal.Key(hidden)") }
