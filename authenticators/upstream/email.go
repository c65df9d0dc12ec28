package upstream

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// address is one of Endpoints.Emails.
type address struct {
	Email    string `json:"email"`
	Primary  bool   `json:"primary"`
	Verified bool   `json:"verified"`
}

// primaryAddress is the one that the person uses there, if it is verified; nil otherwise.
func primaryAddress(doc []byte) (*address, error) {
	var all []address
	if err := json.Unmarshal(doc, &all); err != nil {
		return nil, fmt.Errorf("%w: not a list of addresses", errBroken)
	}
	for i := range all {
		if all[i].Primary && all[i].Verified {
			return &all[i], nil
		}
	}
	return nil, nil
}

// email is the person's address, and whether the provider has verified it. Both come from the same place: a flag of
// userinfo says nothing of another address in the ID token.
func (w *person) email(names Claims) (string, bool) {
	if w.address != nil {
		at := plainAddress(w.address.Email)
		return at, at != "" && w.address.Verified
	}
	typed := w.id.text(names.Email)
	flag := w.id.at(names.EmailVerified)
	if info := w.info.text(names.Email); typed == "" || flag == nil && info == typed {
		typed, flag = info, w.info.at(names.EmailVerified)
	}
	at := plainAddress(typed)
	switch {
	case at == "":
		return "", false
	case flag == nil && w.InsecureAssumeEmailVerified && w.speaksFor(at):
		return at, true
	}
	return at, isTrue(flag, names.VerifiedAsText)
}

// plainAddress leaves out what is not one address (LNK14).
func plainAddress(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	odd := strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>,;"`, r)
	})
	if !ok || odd || local == "" || domain == "" || strings.Contains(domain, "@") || len(s) > core.MaxIdentifier {
		return ""
	}
	return s
}

// speaksFor says whether the provider is, by configuration, the authority of the address's domain (RP-14). One that tells
// companies apart is it only for people of that company.
func (w *person) speaksFor(email string) bool {
	domain, ok := mailaddress.DomainOf(email)
	if !ok || !slices.Contains(w.Domains, domain) {
		return false
	}
	return w.Claims.HostedDomain == "" || slices.Contains(w.Claims.OwnDomains, domain) ||
		strings.ToLower(w.first(w.Claims.HostedDomain)) == domain
}
