//go:build unix

package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// watch is what the replicas publish, and what they sign with.
type watch struct {
	run  *run
	keys history.Keys
	mu   sync.Mutex
	all  map[string]jose.JSONWebKey
}

// watchEvery is how often each replica is asked for its keys, in real time.
const watchEvery = 100 * time.Millisecond

// replica asks one replica for its keys again and again, beside the round-robin.
func (w *watch) replica(r *replica) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for w.run.ctx.Err() == nil {
		if address := r.address.Load(); address != nil {
			w.read(r, *address)
		}
		select {
		case <-tick.C:
		case <-w.run.ctx.Done():
		}
	}
}

func (w *watch) read(r *replica, address string) {
	ctx, cancel := context.WithTimeout(w.run.ctx, patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/jwks", nil)
	if err != nil {
		panic(err) // the address is a replica's own
	}
	asked := w.run.clock.Since()
	got, err := w.run.http.Do(q)
	if err != nil {
		return // it was killed
	}
	defer got.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(got.Body).Decode(&set); err != nil || got.StatusCode != http.StatusOK {
		return // killed in the middle, or an outage
	}
	var names []string
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range set.Keys {
		names = append(names, k.KeyID)
		w.all[k.KeyID] = k
	}
	slices.Sort(names)
	w.keys.Published(strconv.Itoa(r.number), asked, names)
}

func (w *watch) key(name string) (jose.JSONWebKey, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, ok := w.all[name]
	return k, ok
}

// verify checks the tokens of an answer as a client and a resource server do.
func (r *run) verify(f *family, got *tokens, c *history.Call) {
	var id struct {
		jwt.Claims
		Nonce string `json:"nonce"`
		SID   string `json:"sid"`
	}
	wrong := r.watch.claims(got.ID, c, &id)
	subject := core.Subject(f.record.account)
	switch {
	case wrong != "":
	case id.Issuer != r.setting.Issuer || !slices.Equal(id.Audience, jwt.Audience{f.app.id}) || id.Subject != subject:
		wrong = "the ID token is about somebody else"
	case c.Kind == history.Redeem && id.Nonce != f.request.nonce:
		wrong = "the nonce is another's"
	case id.SID != f.record.session:
		wrong = "the session is another's"
	}
	if f.app.resource != "" && wrong == "" {
		var access jwt.Claims
		if wrong = r.watch.claims(got.Access, c, &access); wrong == "" && (access.Subject != subject || !access.Audience.Contains(apiURI)) {
			wrong = "the access token is about somebody else"
		}
	}
	if wrong != "" {
		r.violated(history.BadSignature, f.record.history.ID, "  "+c.String()+": "+wrong+"\n")
		return
	}
	f.session.hint.Store(&hint{got.ID, f.app.id})
}

// claims verifies a token by the keys that the replicas publish, and says what is wrong with it.
func (w *watch) claims(token string, c *history.Call, into any) (wrong string) {
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return "not a JWT: " + strings.TrimSpace(err.Error())
	}
	name := t.Headers[0].KeyID
	w.keys.Signed(name, c.From, c.Note)
	key, ok := w.key(name)
	if !ok {
		return fmt.Sprintf("no replica has published key %s", name)
	}
	if err := t.Claims(key, into); err != nil {
		return err.Error()
	}
	return ""
}
