package provider

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// managed is a client that has shown its registration access token.
type managed struct {
	client core.Client
	issued time.Time // zero where the id can no longer be read
	token  string
	at     time.Time
}

// registrationToken is a registration access token (RFC 7592). It names the
// client_id by its hash, and is good as long as the client is there and the key
// that made it: nothing of it is stored.
func (p *Provider) registrationToken(id string) string {
	return p.Keys.Ring().Mint(handle.Registration, handle.Content{ID: registrationOf(id), Random: handle.NewRandom()})
}

func registrationOf(id string) [16]byte {
	sum := sha256.Sum256([]byte(id))
	return [16]byte(sum[:16])
}

// management is the client configuration endpoint of RFC 7592 section 2. Replacing
// and deleting what nobody has approved writes its row: what is deleted stays so.
func (p *Provider) management(w http.ResponseWriter, r *http.Request) error {
	m, err := p.openManaged(w, r)
	if err != nil {
		return err
	}
	if m.client.Disabled {
		refused := core.Refuse(core.AccessDenied, "the operator has switched this client off")
		p.logRefusal(r, route{path: registrationPath}, string(refused.Code), refused)
		p.respondJSON(w, r, http.StatusForbidden, oauthErrorBody{refused.Code, refused.Description})
		return nil
	}
	switch r.Method {
	case http.MethodPut:
		return p.replaceManaged(w, r, m)
	case http.MethodDelete:
		return p.deleteManaged(w, r, m)
	}
	p.respondRegistration(w, r, http.StatusOK, &m.client, m.issued, m.token)
	return nil
}

// openManaged checks the token before anything is read. A token that is missing,
// made up, of another client, or of a client that is gone has one answer (DM-04).
func (p *Provider) openManaged(w http.ResponseWriter, r *http.Request) (*managed, error) {
	m := &managed{at: p.now()}
	id := r.PathValue("client_id")
	refuse := func(cause error) error {
		return p.refuseRegistrar(w, "the registration access token is not good for this client", cause)
	}
	var ok bool
	if m.token, ok = presentedToken(r); !ok {
		return nil, refuse(errors.New("no token"))
	}
	content, err := p.Keys.Open(r.Context(), handle.Registration, m.token)
	if errors.Is(err, core.ErrUnavailable) {
		return nil, err
	}
	if err != nil || content.ID != registrationOf(id) || !p.registrar.Owns(id) {
		return nil, refuse(errors.Join(err, errors.New("made up, or of another client")))
	}
	if err := p.readManaged(r.Context(), m, id); errors.Is(err, core.ErrNotFound) {
		return nil, refuse(err)
	} else if err != nil {
		return nil, err
	}
	return m, nil
}

// readManaged reads the client as it stands, past any cache.
func (p *Provider) readManaged(ctx context.Context, m *managed, id string) error {
	unstored, issued, openErr := p.openRegistration(ctx, id, m.at)
	m.issued = issued
	row, err := p.registrar.Load(ctx, p.Store, id)
	switch {
	case err == nil && row.Deleted:
		return core.ErrNotFound
	case err == nil:
		m.client = row
		return nil
	case errors.Is(err, core.ErrNotFound):
		m.client = unstored
		return openErr
	}
	return err
}

// replaceManaged replaces the whole metadata (RFC 7592 section 2.2): what the
// request leaves out has the lane's default. The rules are those of registering.
func (p *Provider) replaceManaged(w http.ResponseWriter, r *http.Request, m *managed) error {
	if err := p.countManaged(w, r, m); err != nil {
		return err
	}
	body, answered, err := p.readMetadata(w, r)
	if answered || err != nil {
		return err
	}
	next, err := p.registrar.Read(p.Tools, body)
	if err != nil {
		return err
	}
	if err := checkReplacement(body, m.client.ID); err != nil {
		return err
	}
	err = p.writeManaged(r, m, core.EventClientChanged, func(c *core.Client) { p.replaceMetadata(c, next) })
	if errors.Is(err, core.ErrNotFound) {
		return p.refuseRegistrar(w, "the registration access token is not good for this client", err)
	}
	if err != nil {
		return err
	}
	p.respondRegistration(w, r, http.StatusOK, &m.client, m.issued, m.token)
	return nil
}

// replaceMetadata is the client with other metadata. What an operator let in is what
// they saw: where clients wait for one, a client that people would be shown otherwise
// from now on waits again. What was granted to it goes on.
func (p *Provider) replaceMetadata(c *core.Client, next core.ClientMetadata) {
	before := c.Digest()
	c.ClientMetadata = next
	if p.registrar.Approval() && c.Digest() != before {
		c.Record.ApprovedAt, c.Record.ApprovedBy = time.Time{}, ""
	}
}

// checkReplacement wants the id, and nothing that the server decides about
// (DM-02).
func checkReplacement(body []byte, id string) error {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(body, &sent); err != nil {
		return err // cannot be: the lane has read it
	}
	var named string
	if json.Unmarshal(sent["client_id"], &named) != nil || named != id {
		return core.Refuse(core.InvalidClientMetadata, "client_id is missing, or another client's")
	}
	for _, name := range []string{
		"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at", "client_secret",
	} {
		if _, ok := sent[name]; ok {
			return core.Refuse(core.InvalidClientMetadata, name+" is not for the client to say: leave it out")
		}
	}
	return nil
}

// deleteManaged leaves a tombstone; all that was granted to the client has ended
// with it (DM-03).
func (p *Provider) deleteManaged(w http.ResponseWriter, r *http.Request, m *managed) error {
	if err := p.countManaged(w, r, m); err != nil {
		return err
	}
	err := p.writeManaged(r, m, core.EventClientDeleted, func(c *core.Client) { c.Deleted, c.Epoch = true, c.Epoch+1 })
	if err != nil && !errors.Is(err, core.ErrNotFound) { // somebody else has deleted it
		return err
	}
	w.Header()["Cache-Control"] = []string{"no-store"}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// countManaged counts a write against what may be registered: rows that nobody
// has approved are bounded by it, and by their end.
func (p *Provider) countManaged(w http.ResponseWriter, r *http.Request, m *managed) error {
	terms := p.registrar.Registration()
	terms.Tokens = nil
	return p.admitRegistration(w, r, m.at, terms)
}

// writeManaged writes a change, to a new row where there is none; m is then the
// client as it stands. core.ErrNotFound means that it was deleted meanwhile. What
// the operator switched off is not changed.
func (p *Provider) writeManaged(r *http.Request, m *managed, name core.EventName, change func(*core.Client)) error {
	defer p.clients.drop(m.client.ID)
	var tried []core.ID // a write that seemed lost can land late
	for range maxWrites {
		next := m.client
		change(&next)
		next.Change = core.NewID(m.at)
		e := p.happened(r, m.at, name, core.ID{}, next.ID, core.ID{})
		e.Version = next.Version + 1
		var err error
		if next.Version == 0 {
			err = p.Store.CreateClient(r.Context(), next, e)
		} else {
			err = p.Store.UpdateClient(r.Context(), next, e)
		}
		if err == nil {
			next.Version++
			m.client = next
			return nil
		}
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
		tried = append(tried, next.Change)
		if err := p.readManaged(r.Context(), m, next.ID); err != nil {
			return err
		}
		if slices.Contains(tried, m.client.Change) {
			return nil // the answer was lost, the write was not
		}
		if m.client.Disabled {
			return core.Refuse(core.InvalidToken, "the operator has switched this client off")
		}
	}
	return core.Unavailable(errors.New("the client could not be written"))
}
