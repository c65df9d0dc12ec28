package provider

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/shortcode"
)

// How many devices may ask in ten minutes. Strangers can make these rows, since
// public clients prove nothing: the second limit bounds the table (DEV12, LOD04).
const (
	devicesPerAddress = 120
	devicesAltogether = 20_000
	deviceWindow      = 10 * time.Minute
	maxUserCodes      = 3 // drawn until one is free
)

// deviceResponse is the answer of RFC 8628 section 3.2.
type deviceResponse struct {
	DeviceCode      string `json:"device_code"`
	UserCode        string `json:"user_code"`
	Verification    string `json:"verification_uri"`
	VerificationAll string `json:"verification_uri_complete"`
	ExpiresIn       int64  `json:"expires_in"`
	Interval        int64  `json:"interval"`
}

// deviceAuthorization is the device authorization endpoint (RFC 8628 section
// 3.1): one counted attempt and one insert.
func (p *Provider) deviceAuthorization(w http.ResponseWriter, r *http.Request) (err error) {
	q, err := p.ask(w, r)
	if err != nil {
		return err
	}
	defer func() { p.takeBack(r.Context(), q, err) }()
	if !mayAskByDevice(q.client) {
		return core.Refuse(core.UnauthorizedClient, "the client is not registered for the device grant")
	}
	c := p.checking(r.Context(), q.values, q.at)
	c.Client = *q.client
	if err := checkScope(c); err != nil {
		return err
	}
	if err := checkResource(c); err != nil {
		return err
	}
	if err := p.reserveDevice(w, r, q); err != nil {
		return err
	}
	g, content, code, err := p.createDevice(r, q, c.Request.Access)
	if err != nil {
		return err
	}
	spelt := shortcode.SpellLetters(code)
	p.respondJSON(w, r, http.StatusOK, deviceResponse{
		DeviceCode: p.Keys.Ring().Mint(handle.Device, content), UserCode: spelt,
		Verification: p.url(devicePath), VerificationAll: p.url(devicePath) + "?user_code=" + spelt,
		ExpiresIn: int64(g.CodeEnds.Sub(q.at) / time.Second), Interval: int64(pollInterval / time.Second),
	})
	return nil
}

// reserveDevice counts one request against both limits.
func (p *Provider) reserveDevice(w http.ResponseWriter, r *http.Request, q *clientQuestion) error {
	until, err := p.take(r, q.at, []core.NamedLimit{
		{Parts: []string{"device address", q.address}, Max: devicesPerAddress, Window: deviceWindow},
		{Parts: []string{"devices"}, Max: devicesAltogether, Window: deviceWindow},
	})
	if err != nil || until.IsZero() {
		return err
	}
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(until.Sub(q.at)/time.Second))))
	return core.Refuse(core.SlowDown, "too many devices ask at once")
}

// createDevice stores the waiting grant. Its code is drawn again where a waiting
// grant holds it already (DV-03).
func (p *Provider) createDevice(r *http.Request, q *clientQuestion, access []core.Access) (core.Grant, handle.Content, string, error) {
	lifetimes := q.client.Lifetimes.Or(p.Lifetimes)
	ends := q.at.Add(lifetimes.DeviceCode)
	for range maxUserCodes {
		content := handle.Content{ID: core.NewID(q.at), Number: uint64(ends.Unix()), Random: handle.NewRandom()}
		code := shortcode.DrawLetters()
		g := core.Grant{
			ID: content.ID, State: core.GrantWaiting, Client: q.client.ID, UserCode: userCodeHashes(p.Keys.Ring(), code)[0],
			Row: core.Row{Change: core.NewID(q.at), KeepUntil: ends.Add(graceOfInteractions)},
			GrantTerms: core.GrantTerms{
				Lane: q.client.Lane, ClientHash: q.client.Digest(), AuthMethod: q.client.AuthMethod, Access: access,
				Epochs: core.GrantEpochs{Client: q.client.Epoch}, Secret: content.Digest(), AskedFrom: q.address,
				CreatedAt: q.at, CodeEnds: ends, Ends: q.at.Add(lifetimes.RefreshMax),
			},
		}
		err := p.Store.CreateGrant(r.Context(), g)
		if !errors.Is(err, core.ErrConflict) {
			return g, content, code, err
		}
	}
	return core.Grant{}, handle.Content{}, "", core.Unavailable(errors.New("no user code was free"))
}
