package provider

import (
	"encoding/json"

	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/jsonobject"
)

// What leaves at most requests is written member by member, in the order of its
// struct's fields and as their tags say: byte for byte what encoding/json writes.
// Who adds a field adds a line here, at the same place; TestWritten says where one
// is missing.

const (
	always      = jsonobject.Always
	unlessEmpty = jsonobject.UnlessEmpty
)

// room is for all members but the long ones: names, numbers, an issuer and ids.
const room = 320

// written is an answer that writes itself.
type written interface{ marshal() ([]byte, error) }

// marshal writes an answer.
func marshal(body any) ([]byte, error) {
	switch body := body.(type) {
	case written:
		return body.marshal()
	case map[string]any:
		return jsonobject.Marshal(body)
	}
	return json.Marshal(body)
}

func (t *tokenResponse) marshal() ([]byte, error) {
	o := jsonobject.New(room/2 + len(t.AccessToken) + len(t.RefreshToken) + len(t.IDToken) + len(t.Scope))
	o.String("access_token", always, t.AccessToken)
	o.String("token_type", always, t.TokenType)
	o.Int("expires_in", always, t.ExpiresIn)
	o.String("refresh_token", unlessEmpty, t.RefreshToken)
	o.String("id_token", unlessEmpty, t.IDToken)
	o.String("scope", unlessEmpty, t.Scope)
	o.String("issued_token_type", unlessEmpty, t.IssuedTokenType)
	return o.End()
}

func (c *accessClaims) marshal() ([]byte, error) {
	o := jsonobject.New(room + len(c.ID) + len(c.Scope))
	o.String("iss", always, c.Issuer)
	o.String("sub", always, c.Subject)
	writeAudience(o, c.Audience)
	o.Int("exp", always, c.Expires)
	o.Int("iat", always, c.IssuedAt)
	o.String("jti", always, c.ID)
	o.String("client_id", always, c.ClientID)
	o.String("scope", unlessEmpty, c.Scope)
	o.Int("auth_time", unlessEmpty, c.AuthTime)
	o.String("acr", unlessEmpty, c.ACR)
	o.Strings("amr", unlessEmpty, c.AMR)
	writeActor(o, "act", c.Actor)
	writeActor(o, "may_act", c.MayAct)
	return o.End()
}

func (c *idTokenClaims) marshal() ([]byte, error) {
	o := jsonobject.New(room + len(c.Nonce))
	o.String("iss", always, c.Issuer)
	o.String("sub", always, c.Subject)
	writeAudience(o, c.Audience)
	o.Int("exp", always, c.Expires)
	o.Int("iat", always, c.IssuedAt)
	o.Int("auth_time", unlessEmpty, c.AuthTime)
	o.String("nonce", unlessEmpty, c.Nonce)
	o.String("acr", unlessEmpty, c.ACR)
	o.Strings("amr", unlessEmpty, c.AMR)
	o.String("at_hash", unlessEmpty, c.AccessHash)
	o.String("sid", unlessEmpty, c.SessionID)
	o.String("jti", unlessEmpty, c.ID)
	return o.End()
}

func (r *introspectionResponse) marshal() ([]byte, error) {
	o := jsonobject.New(room + len(r.Scope))
	o.Bool("active", always, r.Active)
	o.String("scope", unlessEmpty, r.Scope)
	o.String("client_id", unlessEmpty, r.ClientID)
	o.String("sub", unlessEmpty, r.Subject)
	if len(r.Audience) > 0 {
		writeAudience(o, r.Audience)
	}
	o.String("iss", unlessEmpty, r.Issuer)
	o.Int("exp", unlessEmpty, r.Expires)
	o.Int("iat", unlessEmpty, r.IssuedAt)
	o.String("token_type", unlessEmpty, r.TokenType)
	o.Int("auth_time", unlessEmpty, r.AuthTime)
	o.String("acr", unlessEmpty, r.ACR)
	o.Strings("amr", unlessEmpty, r.AMR)
	writeActor(o, "act", r.Actor)
	return o.End()
}

// writeAudience writes aud: one entry is a string, as jose.Audience says.
func writeAudience(o *jsonobject.Object, a jose.Audience) {
	if len(a) == 1 {
		o.String("aud", always, a[0])
		return
	}
	o.Strings("aud", always, a)
}

// writeActor writes who acts, which few tokens say.
func writeActor(o *jsonobject.Object, name string, a *actorClaim) {
	if a != nil {
		o.Other(name, a)
	}
}
