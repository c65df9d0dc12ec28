package provider

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// maxMaxAge is where a larger max_age changes nothing any more.
const maxMaxAge = 10 * 365 * 24 * 60 * 60

// checkNonce keeps the nonce byte for byte, or refuses it whole (OC-05, AUT16).
func checkNonce(c *checking) error {
	nonce := c.values.Get("nonce")
	if len(nonce) > core.MaxNonce {
		return core.Refuse(core.InvalidRequest, "nonce is longer than 512 bytes")
	}
	c.Request.Nonce = nonce
	return nil
}

// checkPrompt keeps the values that are understood and ignores others; none
// stands alone (OC-10).
func checkPrompt(c *checking) error {
	asked := strings.Fields(c.values.Get("prompt"))
	if len(asked) > 1 && slices.Contains(asked, core.PromptNone) {
		return core.Refuse(core.InvalidRequest, "prompt=none cannot be combined with another value")
	}
	known := []string{core.PromptNone, core.PromptLogin, core.PromptConsent, core.PromptSelect}
	if c.provider.SignUp {
		known = append(known, core.PromptCreate)
	}
	for _, v := range asked {
		if slices.Contains(known, v) && !c.Request.Asks(v) {
			c.Request.Prompt = append(c.Request.Prompt, v)
		}
	}
	return nil
}

// checkMaxAge reads max_age, or the client's default (OC-14). Either makes
// auth_time a must (OC-06).
func checkMaxAge(c *checking) error {
	c.Request.AskedAuthTime = c.Client.RequireAuthTime
	text := c.values.Get("max_age")
	if text == "" {
		if c.Client.DefaultMaxAge > 0 {
			age := c.Client.DefaultMaxAge
			c.Request.MaxAge, c.Request.AskedAuthTime = &age, true
		}
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return core.Refuse(core.InvalidRequest, "max_age must be a whole number of seconds")
	}
	age := time.Duration(min(seconds, maxMaxAge)) * time.Second
	c.Request.MaxAge, c.Request.AskedAuthTime = &age, true
	return nil
}

// Bounds on acr_values: strangers make rows that hold them (LOD04).
const (
	maxACRValues = 10
	maxACRValue  = 255 // bytes
)

// checkACRValues keeps the preference order, or that of the client's default.
// Voluntary: what cannot be met changes nothing (OC-15), and what is too long can
// only be unknown.
func checkACRValues(c *checking) error {
	if c.values.Get("acr_values") == "" {
		c.Request.ACRValues = c.Client.DefaultACR
	}
	for value := range strings.FieldsSeq(c.values.Get("acr_values")) {
		if len(c.Request.ACRValues) == maxACRValues {
			break
		}
		if len(value) <= maxACRValue {
			c.Request.ACRValues = append(c.Request.ACRValues, value)
		}
	}
	return nil
}

// checkUILocales never refuses (OC-18); it keeps the first few that could be
// language tags.
func checkUILocales(c *checking) error {
	for tag := range strings.FieldsSeq(c.values.Get("ui_locales")) {
		if len(c.Request.UILocales) == 8 {
			break
		}
		if len(tag) <= 35 && param.ScopeToken(tag) {
			c.Request.UILocales = append(c.Request.UILocales, tag)
		}
	}
	return nil
}
