package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// notice hears from another identity provider that sign-ins by it have ended, and
// ends the sessions that came of them.
func notice(e core.Endpoint) func(*Provider, http.ResponseWriter, *http.Request) error {
	return func(p *Provider, w http.ResponseWriter, r *http.Request) error {
		var form url.Values
		if r.Method == http.MethodPost {
			posted, err := param.ParseForm(r, param.Limits{Bytes: core.MaxReturnBytes, Count: core.MaxParameters})
			if err != nil {
				return badParameters(err)
			}
			form = url.Values{}
			for name, value := range posted.Pairs() {
				form.Add(name, value)
			}
		}
		from, err := p.returned(e, r, form)
		if err != nil {
			return err
		}
		reply, err := e.Notice(r.Context(), core.NoticeTurn{Returned: from, Find: storeFinder{p}, Once: p.once})
		if err != nil {
			return err
		}
		if reply.SignOut != nil {
			if err := p.signOutOf(r, *reply.SignOut); err != nil {
				return err
			}
		}
		p.respondNotice(w, r, reply)
		return nil
	}
}

// respondNotice answers as the authenticator's protocol wants.
func (p *Provider) respondNotice(w http.ResponseWriter, r *http.Request, reply core.NoticeReply) {
	switch {
	case reply.Redirect != "":
		seeOther(w, reply.Redirect)
	case reply.Post != nil:
		p.respondPage(w, r, core.Page{Name: core.PageAutoPost, Post: reply.Post, App: &core.AppView{RedirectHost: hostOf(reply.Post.URL)}})
	default:
		if reply.ContentType != "" {
			w.Header().Set("Content-Type", reply.ContentType)
		}
		if reply.Status == 0 {
			reply.Status = http.StatusOK
		}
		w.WriteHeader(reply.Status)
		_, _ = w.Write(reply.Body) // the other side may have left
	}
}

// signOutOf ends the sessions that came of an identity, page by page.
func (p *Provider) signOutOf(r *http.Request, s core.SignOut) error {
	c, err := p.Store.Credential(r.Context(), s.Key)
	if errors.Is(err, core.ErrNotFound) {
		return nil // nobody signed in by it here
	}
	if err != nil {
		return err
	}
	const page = 100
	for after := (core.ID{}); ; {
		sessions, err := p.Store.SessionsOf(r.Context(), c.Account, core.PageOf{After: after, Limit: page})
		if err != nil {
			return err
		}
		for _, session := range sessions {
			after = session.ID
			if !session.Ended && cameOf(&session, s) {
				if err := p.endOne(r, p.now(), session); err != nil {
					return err
				}
			}
		}
		if len(sessions) < page {
			return nil
		}
	}
}

// cameOf says whether anything that the session rests on came of it.
func cameOf(session *core.Session, s core.SignOut) bool {
	for _, a := range session.Authentications {
		if a.Key == s.Key && (s.SessionIndex == "" || a.SessionIndex == s.SessionIndex) {
			return true
		}
	}
	return false
}

// once marks something as used; false if it was before.
func (p *Provider) once(ctx context.Context, kind, thing string, until time.Time) (bool, error) {
	err := p.Store.Mark(ctx, kind, sha256.Sum256([]byte(thing)), until, core.ID{})
	if errors.Is(err, core.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
