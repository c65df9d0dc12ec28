package provider

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/redirecturi"
)

// registeredForm is the first byte inside the client_id of a self-registered
// client: then the second of its registration, then what the lane packed.
const registeredForm = 1

var errNotRegistered = errors.New("provider: not a client_id that was given out here")

// findRegistrar is the lane that clients register themselves at; nil where none
// is on.
func findRegistrar(lanes []core.ClientLane) core.Registrar {
	for _, lane := range lanes {
		if r := lane.Registrar(); r != nil {
			return r
		}
	}
	return nil
}

// sealRegistration makes the client_id that carries a registration. It returns
// handle.ErrTooLong for what does not fit.
func (p *Provider) sealRegistration(m core.ClientMetadata, at time.Time) (string, error) {
	packed, err := p.registrar.Pack(p.Tools, m)
	if err != nil {
		return "", err
	}
	b := binary.AppendUvarint([]byte{registeredForm}, uint64(max(0, at.Unix())))
	return p.Keys.Ring().Seal(handle.Client, append(b, packed...))
}

// openRegistration reads a client_id that nobody has approved yet: within its
// time, and under the rules of now. Otherwise it is core.ErrNotFound. The client
// has no row; its version is 0, and its KeepUntil is how long a row has to be kept.
func (p *Provider) openRegistration(ctx context.Context, id string, at time.Time) (core.Client, time.Time, error) {
	plain, err := p.Keys.OpenSealed(ctx, handle.Client, id)
	if errors.Is(err, core.ErrUnavailable) {
		return core.Client{}, time.Time{}, err
	}
	if err != nil || len(plain) == 0 || plain[0] != registeredForm {
		return core.Client{}, time.Time{}, errors.Join(core.ErrNotFound, errNotRegistered)
	}
	seconds, n := binary.Uvarint(plain[1:])
	if n <= 0 {
		return core.Client{}, time.Time{}, errors.Join(core.ErrNotFound, errNotRegistered)
	}
	issued := time.Unix(int64(seconds), 0).UTC() // #nosec G115 -- sealed by this provider
	if !at.Before(issued.Add(p.registrar.Registration().Start)) {
		return core.Client{}, issued, errors.Join(core.ErrNotFound, errors.New("registered too long ago, and never approved"))
	}
	m, err := p.registrar.Unpack(p.Tools, plain[1+n:])
	if err != nil {
		return core.Client{}, issued, errors.Join(core.ErrNotFound, err)
	}
	return core.Client{ID: id, Row: core.Row{KeepUntil: rowOutlives(issued)}, Lane: p.registrar.Lane(), ClientMetadata: m}, issued, nil
}

// loadFrom asks the lane that an id belongs to. For a client that registered
// itself only the row counts, once there is one; before, what its id carries.
func (p *Provider) loadFrom(ctx context.Context, lane core.ClientLane, id string, at time.Time) (core.Client, error) {
	found, err := lane.Load(ctx, p.Store, id)
	if lane != core.ClientLane(p.registrar) {
		return found, err
	}
	switch {
	case errors.Is(err, core.ErrNotFound):
		found, _, err = p.openRegistration(ctx, id, at)
	case err == nil && found.Deleted:
		return core.Client{}, core.ErrNotFound
	}
	return found, err
}

// rowOutlives is how long a row or tombstone of a client is kept at least: past
// the longest time in which its id could start it, whatever that is set to later.
func rowOutlives(issued time.Time) time.Time {
	return issued.Add(core.MaxRegistrationStart + graceOfRows)
}

// registersFrom says whether a page of this origin could be a client that
// registers itself: one on the person's own computer, or one that the operator
// listed. It may then use the endpoints before any row names it.
func (p *Provider) registersFrom(origin string) bool {
	if p.registrar == nil {
		return false
	}
	if redirecturi.IsLoopback(origin+"/") && redirecturi.Origin(origin+"/") == origin {
		return true
	}
	for _, uri := range p.registrar.Registration().Redirects {
		if redirecturi.Origin(uri) == origin && origin != "" {
			return true
		}
	}
	return false
}
