package cimd

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// merge is the client as its document and its row say together. A row that was
// written from an older document is written anew, so that every replica learns
// of the change; a row from a newer one wins.
func (l *Lane) merge(ctx context.Context, store core.Store, row core.Client, a address, doc *document) (core.Client, error) {
	same := row.Document != nil && row.Document.Hash == doc.hash
	if row.Document != nil && (row.Document.Seen.After(doc.seen) || same && doc.seen.Sub(row.Document.Seen) < l.seenEvery()) {
		return row, nil
	}
	described := doc.metadata
	described.Document = &core.ClientDocument{Seen: core.Instant(doc.seen), Hash: doc.hash, Certified: doc.issuer}
	switch {
	case row.Version == 0:
		return core.Client{ID: a.id, Lane: core.LaneCIMD, ClientMetadata: described}, nil
	case same:
		return l.seenAgain(ctx, store, row, described), nil
	}
	return l.changed(ctx, store, row, described)
}

// seenEvery is how old the row's word of the document may get: a row is written
// a few times a day at most.
func (l *Lane) seenEvery() time.Duration { return max(l.options.Stale/2, l.options.MaxFresh/2) }

// seenAgain notes that the document still says the same. Where that cannot be
// written the client is as good.
func (l *Lane) seenAgain(ctx context.Context, store core.Store, row core.Client, described core.ClientMetadata) core.Client {
	next := row
	next.ClientMetadata, next.Change = described, core.NewID(core.Instant(l.now()))
	if store.UpdateClient(ctx, next) != nil {
		return row
	}
	next.Version++
	return next
}

// changed writes what the document says now. A client that gives up proving
// itself loses what it was granted while it did (CM-38); whether people are
// asked again follows from core.Client.Digest.
func (l *Lane) changed(ctx context.Context, store core.Store, row core.Client, described core.ClientMetadata) (core.Client, error) {
	at := core.Instant(l.now())
	next, reason := row, "document"
	next.ClientMetadata, next.Change = described, core.NewID(at)
	if row.AuthMethod == core.AuthPrivateKeyJWT && described.AuthMethod == core.AuthNone {
		next.Epoch++
		reason = "document_weakened"
	}
	err := store.UpdateClient(ctx, next, core.Event{
		ID: core.NewID(at), At: at, Name: core.EventClientChanged, Client: row.ID, Version: row.Version + 1, KeepUntil: at.Add(core.KeepEvents),
		EventTerms: core.EventTerms{Reason: reason, More: map[string]string{"changed": strings.Join(differences(row.ClientMetadata, described), " ")}},
	})
	switch {
	case err == nil:
		next.Version++
		return next, nil
	case errors.Is(err, core.ErrConflict), errors.Is(err, core.ErrUnavailable):
		stands, readErr := store.Client(ctx, row.ID) // another replica has written it, or this one did
		if readErr == nil && stands.Version > row.Version {
			return stands, nil
		}
		return core.Client{}, core.Unavailable(err)
	}
	return core.Client{}, err
}

// differences names the members that an operator would look for.
func differences(a, b core.ClientMetadata) []string {
	var names []string
	for _, d := range []struct {
		name    string
		differs bool
	}{
		{"client_name", a.Name != b.Name},
		{"links", a.ClientURI != b.ClientURI || a.LogoURI != b.LogoURI || a.PolicyURI != b.PolicyURI || a.TermsURI != b.TermsURI},
		{"redirect_uris", !slices.Equal(a.RedirectURIs, b.RedirectURIs)},
		{"post_logout_redirect_uris", !slices.Equal(a.LogoutURIs, b.LogoutURIs)},
		{"token_endpoint_auth_method", a.AuthMethod != b.AuthMethod},
		{"jwks", !bytes.Equal(a.Keys, b.Keys)},
		{"jwks_uri", a.KeysURI != b.KeysURI},
		{"grant_types", !slices.Equal(a.GrantTypes, b.GrantTypes)},
		{"scope", !slices.Equal(a.Scopes, b.Scopes)},
	} {
		if d.differs {
			names = append(names, d.name)
		}
	}
	return names
}
