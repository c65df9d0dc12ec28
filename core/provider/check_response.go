package provider

import (
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// The response modes (OAuth 2.0 Multiple Response Type Encoding Practices,
// OAuth 2.0 Form Post Response Mode).
const (
	modeQuery    = "query"
	modeFormPost = "form_post"
)

// checkResponseMode: query is the default for a code; fragment is unsafe for it
// (AZ-17, AUT21).
func checkResponseMode(c *checking) error {
	mode, err := c.values.One("response_mode")
	if err != nil {
		return core.Refuse(core.InvalidRequest, "response_mode is repeated")
	}
	switch mode {
	case "", modeQuery, modeFormPost:
	default:
		return core.Refuse(core.InvalidRequest, "response_mode must be query or form_post")
	}
	c.Request.ResponseMode = c.Mode
	return nil
}

// answerMode is how the request is answered, whatever is wrong with it.
func answerMode(v param.Values) string {
	if mode, err := v.One("response_mode"); err == nil && mode == modeFormPost {
		return modeFormPost
	}
	return modeQuery
}

// checkState keeps the state byte for byte, or refuses it whole (AZ-12, AUT15).
func checkState(c *checking) error {
	state, err := c.values.One("state")
	switch {
	case err != nil:
		return core.Refuse(core.InvalidRequest, "state is repeated")
	case len(state) > core.MaxState:
		return core.Refuse(core.InvalidRequest, "state is longer than 4096 bytes")
	}
	c.Request.State = state
	return nil
}

// checkRepeated: no parameter but resource may be sent twice (AZ-03).
func checkRepeated(c *checking) error {
	for _, name := range c.values.Repeated() {
		if name != "resource" {
			return core.Refuse(core.InvalidRequest, "a parameter is repeated")
		}
	}
	return nil
}

// checkRequestObject: request objects are not offered; ignoring one would be
// worse than refusing it (OC-28, OC-29, AUT11).
func checkRequestObject(c *checking) error {
	switch {
	case c.values.Get("request") != "":
		return core.Refuse(core.RequestNotSupported, "request objects are not supported")
	case c.values.Get("request_uri") != "":
		return core.Refuse(core.RequestURINotSupported, "request_uri is not supported")
	case c.values.Get("registration") != "":
		return core.Refuse(core.RegistrationNotSupported, "registration is not supported")
	}
	return nil
}

// checkResponseType: nothing returns a token through the front channel (AZ-05).
func checkResponseType(c *checking) error {
	switch c.values.Get("response_type") {
	case "code":
		return nil
	case "":
		return core.Refuse(core.InvalidRequest, "response_type is missing")
	}
	return core.Refuse(core.UnsupportedResponseType, "only response_type=code is supported")
}
