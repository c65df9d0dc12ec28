//go:build unix

package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// family is one grant as its client knows it: a code, or refresh tokens and access tokens.
type family struct {
	run     *run
	caller  *caller
	app     *app
	session *session
	request request
	code    string
	record  *grantRecord

	mu      sync.Mutex
	refresh map[int]heldRefresh // by generation
	current int                 // the generation that was answered last; 0 before any
	access  []heldAccess
	refused bool // the client heard invalid_grant and gives up
}

type heldRefresh struct {
	text string
	over history.Time // when its successor was answered; 0 while there is none
}

type heldAccess struct {
	text   string
	number int
}

// What one history may grow to.
const (
	maxCalls  = 150
	maxTokens = history.MaxTokens - 4 // some may be under way
)

// newFamily begins with the code that an application was sent.
func (r *run) newFamily(c *caller, s *session, a *app, q request, landed *url.URL, from, to history.Time) *family {
	code := landed.Query().Get("code")
	id, _, ok := opened(code)
	if !ok || landed.Query().Get("state") != q.state || landed.Query().Get("iss") != r.setting.Issuer {
		r.violated(history.Unexpected, "authorization response", "  "+landed.Redacted()+"\n")
		return nil
	}
	f := &family{run: r, caller: c, app: a, session: s, request: q, code: code, refresh: map[int]heldRefresh{}}
	f.record = &grantRecord{account: s.person.account, client: a.id, session: s.record.session, history: history.Grant{
		ID: fmt.Sprintf("%s of client %s, caller %s", id, a.id, c.name), Rotates: a.rotates, Offline: a.offline,
		CodeLife: a.codeLife, AccessLife: a.accessLife, Overlap: overlap,
	}}
	f.record.add(history.Call{Kind: history.Authorize, Outcome: history.Done, From: from, To: to}, false)
	r.ledger.grant(f.record)
	return f
}

// tokens is a token response, or an error.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Error   string `json:"error"`
	Active  bool   `json:"active"`
}

// redeem trades the code, and asks again while nobody answers.
func (f *family) redeem() {
	f.insist(func() (done bool) {
		return f.token(history.Call{Kind: history.Redeem}, url.Values{
			"grant_type": {"authorization_code"}, "code": {f.code}, "redirect_uri": {f.app.redirect}, "code_verifier": {f.request.verifier},
		})
	})
}

// refreshWith trades the refresh token of a generation.
func (f *family) refreshWith(generation int) {
	f.mu.Lock()
	text := f.refresh[generation].text
	f.mu.Unlock()
	f.insist(func() (done bool) {
		return f.token(history.Call{Kind: history.Refresh, Presented: generation}, url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {text},
		})
	})
}

// insist repeats what was not answered, as a good client does.
func (f *family) insist(attempt func() (done bool)) {
	for n := range maxAttempts {
		if attempt() {
			return
		}
		f.run.pause(n)
	}
}

// token asks the token endpoint; done says that it answered.
func (f *family) token(c history.Call, form url.Values) (done bool) {
	if f.app.resource != "" {
		form.Set("resource", f.app.resource)
	}
	a := f.run.post("/token", f.app.id, f.app.secret, form)
	var got tokens
	if !f.heard(&c, &a, &got, http.StatusBadRequest, "invalid_grant") {
		return !a.unknown()
	}
	if c.Outcome != history.Done {
		f.record.add(c, false)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.refused = f.refused || c.Outcome == history.Refused
		return c.Outcome == history.Refused
	}
	_, generation, ok := opened(got.Refresh)
	if !ok {
		f.run.violated(history.Unexpected, "token response", "  no refresh token\n")
		return true
	}
	c.Given = generation
	number := f.record.add(c, true)
	f.keep(generation, &got, number, a.to)
	f.run.verify(f, &got, &c)
	return true
}

// keep remembers what was answered. Whoever is given a generation is given the same token.
func (f *family) keep(generation int, got *tokens, number int, at history.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.refresh[generation]; ok && known.text != got.Refresh {
		f.run.violated(history.ForkedFamily, f.record.history.ID, fmt.Sprintf("  two refresh tokens of generation %d\n", generation))
	} else if !ok {
		f.refresh[generation] = heldRefresh{text: got.Refresh}
	}
	if generation > f.current {
		for g, held := range f.refresh {
			if g < generation && held.over == 0 {
				f.refresh[g] = heldRefresh{held.text, at}
			}
		}
		f.current = generation
	}
	f.access = append(f.access, heldAccess{got.Access, number})
}

// heard tells what an answer means for the grant's history; status and fault are those of a refusal. false: it means
// nothing, since it came to no replica or is about the client alone.
func (f *family) heard(c *history.Call, a *answer, into *tokens, status int, fault string) bool {
	c.From, c.To, c.Note = a.from, a.to, a.note(f.caller.name)
	c.Outage = f.run.broken(a.from, a.to)
	if len(a.body) > 0 && !a.lost {
		if err := json.Unmarshal(a.body, into); err != nil {
			f.run.violated(history.Unexpected, string(c.Kind), "  not JSON: "+c.String()+"\n")
			return false
		}
	}
	served := *c
	switch {
	case a.nowhere:
		return false
	case a.unknown():
		c.Outcome = history.Unknown
		return true
	case a.status == http.StatusOK:
		c.Outcome, served.Outcome = history.Done, history.Done
	case a.status == status && into.Error == fault:
		c.Outcome = history.Refused
		return true
	case a.status == http.StatusUnauthorized && into.Error == "invalid_client", a.status == http.StatusTooManyRequests:
		served.Outcome = history.Refused
		f.run.ledger.served(f.app.id, served)
		return false
	default:
		f.run.violated(history.Unexpected, string(c.Kind)+" of "+f.record.history.ID, "  "+c.String()+"\n")
		return false
	}
	if c.Kind == history.Redeem || c.Kind == history.Refresh {
		f.run.ledger.served(f.app.id, served)
	}
	return true
}
