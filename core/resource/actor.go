package resource

import (
	"errors"

	"github.com/keywright/keywright/internal/jose"
)

// Actor is who acts for the subject of a token (RFC 8693 section 4.1): a service that calls for a person, an agent. Issuer and
// ClientID may be empty; an empty Issuer is the token's.
type Actor struct {
	Issuer, Subject, ClientID string
}

var errActor = errors.New("act names nobody")

// readActors reads the act claim and those nested in it, the current actor first. jose bounds how deep that may go.
func readActors(value string) ([]Actor, error) {
	var out []Actor
	for value != "" {
		var a Actor
		next := ""
		err := jose.EachMember([]byte(value), func(name, value string) (err error) {
			switch name {
			case "iss":
				a.Issuer, err = jose.Text(value)
			case "sub":
				a.Subject, err = jose.Text(value)
			case "client_id":
				a.ClientID, err = jose.Text(value)
			case "act":
				next = value
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if a.Subject == "" && a.ClientID == "" {
			return nil, errActor
		}
		out, value = append(out, a), next
	}
	return out, nil
}
