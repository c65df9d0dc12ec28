package provider

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// rememberedLabel is what the marks of remembered browsers are sealed under.
const rememberedLabel = "remembered browser"

// fieldRemember is the box on the pages of second factors.
const fieldRemember = "remember_browser"

// mark says that somebody had this browser remembered (MF-07). It is sealed, so
// nothing is stored: it ends with its time, and with the account's sign-in epoch,
// which signing out everywhere and a new password raise.
type mark struct {
	Account core.ID `json:"a"`
	Epoch   uint64  `json:"e"`
	// Since counts for the policy as it is now, so that a shorter time ends older
	// marks. In unix seconds.
	Since int64 `json:"s"`
	// Browser is the digest of the browser's own cookie, so that the mark alone is
	// worth nothing elsewhere.
	Browser [32]byte `json:"b"`
}

// marks opens those in the cookie that are of this browser and still count.
func (p *Provider) marks(r *http.Request, browser handle.Content, at time.Time) ([]mark, error) {
	var out []mark
	for _, value := range p.cookies().ReadMarks(r) {
		sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
		if err != nil {
			continue
		}
		plain, err := p.Keys.Unseal(r.Context(), rememberedLabel, sealed)
		if errors.Is(err, core.ErrUnavailable) {
			return nil, err
		}
		if err != nil {
			continue
		}
		var m mark
		if json.Unmarshal(plain, &m) == nil && m.Browser == browser.Digest() && at.Before(time.Unix(m.Since, 0).Add(p.policy.RememberFor)) {
			out = append(out, m)
		}
	}
	return out, nil
}

// isRemembered says whether the account had this browser remembered.
func (p *Provider) isRemembered(r *http.Request, browser handle.Content, a *core.Account, at time.Time) (bool, error) {
	all, err := p.marks(r, browser, at)
	for _, m := range all {
		if m.Account == a.ID && m.Epoch == a.SignInEpoch {
			return true, nil
		}
	}
	return false, err
}

// remember marks this browser for the account, beside the others that are signed
// in here.
func (v *visit) remember(account core.ID, epoch uint64) error {
	all := []mark{{Account: account, Epoch: epoch, Since: v.at.Unix(), Browser: v.browser.Digest()}}
	held, err := v.p.marks(v.r, v.browser, v.at)
	if err != nil {
		return err
	}
	for _, m := range held {
		if m.Account != account {
			all = append(all, m)
		}
	}
	values := make([]string, 0, len(all))
	for _, m := range all {
		plain, err := json.Marshal(m)
		if err != nil {
			return err
		}
		sealed, err := v.p.Keys.Seal(rememberedLabel, plain)
		if err != nil {
			return err
		}
		values = append(values, base64.RawURLEncoding.EncodeToString(sealed))
	}
	v.p.cookies().SetMarks(v.w.Header(), values, v.p.policy.RememberFor)
	return nil
}
