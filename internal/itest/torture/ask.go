//go:build unix

package torture

import (
	"net/http"
	"net/url"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// post sends a form as a client: with its secret where it has one.
func (r *run) post(path, id, secret string, form url.Values) answer {
	header := http.Header{}
	if secret == "" {
		form.Set("client_id", id)
	} else {
		q := http.Request{Header: header}
		q.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	}
	return r.do(http.MethodPost, r.setting.Issuer+path, form, header)
}

// introspect asks, as the resource server does, whether an access token is active.
func (f *family) introspect(t heldAccess) {
	a := f.run.post("/introspect", gateway, secretOf(gateway), url.Values{"token": {t.text}})
	f.asked(history.Call{Kind: history.Introspect, Presented: t.number}, &a)
}

// exchange has the API change an access token for one that opens another, and asks about that: it is given, and is
// active, as long as the one that it was exchanged for, so that both answers tell how that one stands.
func (f *family) exchange(t heldAccess) {
	a := f.run.post("/token", gateway, secretOf(gateway), url.Values{
		"grant_type": {core.GrantTokenExchange}, "subject_token": {t.text}, "subject_token_type": {core.TokenTypeAccessToken}, "resource": {nextURI},
	})
	c := history.Call{Kind: history.Introspect, Presented: t.number}
	var got tokens
	if !f.heard(&c, &a, &got, http.StatusBadRequest, "invalid_request") {
		return
	}
	f.record.add(c, false)
	if c.Outcome == history.Done {
		f.run.count.exchanged.Add(1)
		f.introspect(heldAccess{got.Access, t.number})
	}
}

// introspectRefresh asks, as the client itself, whether a refresh token is the current one.
func (f *family) introspectRefresh(generation int) {
	f.mu.Lock()
	text := f.refresh[generation].text
	f.mu.Unlock()
	a := f.run.post("/introspect", f.app.id, f.app.secret, url.Values{"token": {text}})
	f.asked(history.Call{Kind: history.IntrospectRefresh, Presented: generation}, &a)
}

// asked notes the answer of an introspection: active is Done, inactive is Refused.
func (f *family) asked(c history.Call, a *answer) {
	var got tokens
	if !f.heard(&c, a, &got, http.StatusOK, "") {
		return
	}
	if c.Outcome == history.Done && !got.Active {
		c.Outcome = history.Refused
	}
	f.record.add(c, false)
}

// userInfo asks who an access token stands for.
func (f *family) userInfo(t heldAccess) {
	a := f.run.do(http.MethodGet, f.run.setting.Issuer+"/userinfo", nil, http.Header{"Authorization": {"Bearer " + t.text}})
	c := history.Call{Kind: history.UserInfo, Presented: t.number}
	var got tokens
	if f.heard(&c, &a, &got, http.StatusUnauthorized, "invalid_token") {
		f.record.add(c, false)
	}
}

// revoke says that a token is not wanted any more, until that is heard.
func (f *family) revoke(c history.Call, text string) {
	f.insist(func() (done bool) {
		a := f.run.post("/revoke", f.app.id, f.app.secret, url.Values{"token": {text}})
		c := c
		var got tokens
		if !f.heard(&c, &a, &got, 0, "") {
			return !a.unknown()
		}
		f.record.add(c, false)
		return c.Outcome == history.Done
	})
}
