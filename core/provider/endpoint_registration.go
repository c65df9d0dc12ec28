package provider

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// registrationPath is the client registration endpoint (RFC 7591 section 3); it is
// there only where a lane takes registrations.
const registrationPath = "/register"

// registrationWindow is the time that the limits of a lane count in.
const registrationWindow = time.Hour

// registrationRoutes are there only where a lane takes registrations.
func (p *Provider) registrationRoutes() []route {
	if p.registrar == nil {
		return nil
	}
	rows := []route{{registrationPath, []string{http.MethodPost}, client, (*Provider).registration}}
	if p.registrar.Registration().Manage {
		rows = append(rows, route{
			registrationPath + "/{client_id}", []string{http.MethodGet, http.MethodPut, http.MethodDelete}, client, (*Provider).management,
		})
	}
	return rows
}

// registration answers a client that registers itself. Nothing is stored: the
// client_id carries the registration, sealed. The answer is the same for all who
// may register at all.
func (p *Provider) registration(w http.ResponseWriter, r *http.Request) error {
	at, terms := p.now(), p.registrar.Registration()
	if err := p.admitRegistration(w, r, at, terms); err != nil {
		return err
	}
	body, answered, err := p.readMetadata(w, r)
	if answered || err != nil {
		return err
	}
	m, err := p.registrar.Read(p.Tools, body)
	if err != nil {
		return err
	}
	id, err := p.sealRegistration(m, at)
	if errors.Is(err, handle.ErrTooLong) {
		return core.Refuse(core.InvalidClientMetadata,
			"the metadata is too long to be registered: use fewer and shorter redirect URIs, links and scopes").Because(err)
	}
	if err != nil {
		return err
	}
	p.observe(r.Context(), p.happened(r, at, core.EventClientRegistered, core.ID{}, id, core.ID{}))
	token := ""
	if terms.Manage {
		token = p.registrationToken(id)
	}
	c := core.Client{ID: id, Lane: p.registrar.Lane(), ClientMetadata: m}
	p.respondRegistration(w, r, http.StatusCreated, &c, at, token)
	return nil
}

// admitRegistration counts the attempt, on all replicas together (DR-05), and
// asks for an initial access token where the operator wants one. What comes
// without a right one does not use up what is left for others.
func (p *Provider) admitRegistration(w http.ResponseWriter, r *http.Request, at time.Time, terms core.RegistrationTerms) error {
	here := core.NamedLimit{
		Parts: []string{"registration", web.Address(r, p.TrustedProxies)}, Max: terms.PerAddress, Window: registrationWindow,
	}
	all := core.NamedLimit{Parts: []string{"registrations"}, Max: terms.Altogether, Window: registrationWindow}
	if len(terms.Tokens) == 0 {
		return p.countRegistration(w, r, at, here, all)
	}
	if err := p.countRegistration(w, r, at, here); err != nil {
		return err
	}
	bearers := core.Client{ClientMetadata: core.ClientMetadata{Secrets: terms.Tokens}}
	if token, ok := presentedToken(r); !ok || !bearers.CheckSecret(sha256.Sum256([]byte(token)), at) {
		return p.refuseRegistrar(w, "an initial access token is needed to register", nil)
	}
	return p.countRegistration(w, r, at, all)
}

func (p *Provider) countRegistration(w http.ResponseWriter, r *http.Request, at time.Time, limits ...core.NamedLimit) error {
	until, err := p.take(r, at, limits)
	if err != nil {
		return core.Unavailable(err)
	}
	if until.IsZero() {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(until.Sub(at)/time.Second))))
	return core.Refuse(core.SlowDown, "too many registrations: try again later")
}

// refuseRegistrar answers a token that is missing or wrong, always in the same
// words (RFC 6750 section 3, DM-04).
func (p *Provider) refuseRegistrar(w http.ResponseWriter, description string, cause error) error {
	w.Header().Set("WWW-Authenticate", `Bearer error="`+string(core.InvalidToken)+`"`)
	return core.Refuse(core.InvalidToken, description).Because(cause)
}

// presentedToken reads the one place where a registration token may stand.
func presentedToken(r *http.Request) (string, bool) {
	if len(r.Header["Authorization"]) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(r.Header["Authorization"][0], " ")
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && len(token) <= core.MaxHandle
}

// readMetadata reads the body. Of what is too long, or of another type, as a form
// of another site would send, it answers the status alone (DCR06, DCR08).
func (p *Provider) readMetadata(w http.ResponseWriter, r *http.Request) (body []byte, answered bool, err error) {
	body, err = param.ReadJSON(r, core.MaxRequestBytes)
	if err == nil {
		return body, false, nil
	}
	status := 0
	switch {
	case errors.Is(err, param.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, param.ErrMediaType), errors.Is(err, param.ErrContentEncoding):
		status = http.StatusUnsupportedMediaType
	default:
		return nil, false, core.Refuse(core.InvalidClientMetadata, "the body is not JSON in UTF-8, or the address has a query").Because(err)
	}
	refused := core.Refuse(core.InvalidClientMetadata, "the body has to be application/json and at most 64 KiB long").Because(err)
	p.logRefusal(r, route{path: registrationPath}, string(refused.Code), refused)
	p.respondJSON(w, r, status, oauthErrorBody{refused.Code, refused.Description})
	return nil, true, nil
}
