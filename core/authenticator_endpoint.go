package core

import (
	"context"
	"io"
	"net/url"
	"time"
)

// EndpointKind says who calls an authenticator's own URL.
type EndpointKind string

// The kinds.
const (
	// EndpointReturn: a browser comes back, from an upstream or a mailed link, by
	// GET or, with Posts, by a form that another site posts.
	EndpointReturn EndpointKind = "return"
	// EndpointDocument: public bytes.
	EndpointDocument EndpointKind = "document"
	// EndpointNotice: another server, or a browser that it sends, says that
	// sign-ins have ended there.
	EndpointNotice EndpointKind = "notice"
)

// Endpoint is a URL of an authenticator, below the issuer's path.
type Endpoint struct {
	Kind EndpointKind
	// Path may have a wildcard: "/link/{handle}". "/.well-known/…" of a Document
	// is also served at the root of the issuer's host.
	Path string
	// Posts: an EndpointReturn to which another site has a browser post. The form
	// is sent once more by a page of ours, since our cookies are kept from it.
	Posts bool
	// Arrive reads what came: a mailed link's handle, a state. Only for
	// EndpointReturn. Its error is shown as a link that is no good any more,
	// unless it is a PageError.
	Arrive func(ctx context.Context, r Returned) (Arrival, error)
	// Document writes public bytes. Only for EndpointDocument.
	Document func(ctx context.Context, w io.Writer, r Returned) (contentType string, err error)
	// Notice reads who has signed out. Only for EndpointNotice.
	Notice func(ctx context.Context, n NoticeTurn) (NoticeReply, error)
}

// Returned is what came to an authenticator's URL.
type Returned struct {
	Issuer string
	// Path is the path below the issuer as it was asked for.
	Path string
	// Values are the path's wildcards, then the query or the posted form.
	Values url.Values
	// RawQuery is the query byte for byte, for signatures over it (SM-21).
	RawQuery string
	// Posted: it came by POST.
	Posted bool
	// Connection that the wildcard {connection} names, with Sealed opened; nil
	// where the path has none.
	Connection *Connection
}

// Arrival is what a returning browser brings: the step to go on with, and what
// leads to its interaction. One without Ticket and State begins a sign-in of its
// own (Purpose "signin"), with these notes.
type Arrival struct {
	Step Step
	// Ticket is the handle of a mailed link.
	Ticket string
	// State is what Turn.State minted.
	State string
	// Notes the step begins with where there is neither.
	Notes []byte
}

// NoticeTurn is all that an authenticator may know of a notice.
type NoticeTurn struct {
	Returned
	Find Finder
	// Once is Turn.Once.
	Once func(ctx context.Context, kind, thing string, until time.Time) (bool, error)
}

// NoticeReply is what a notice ends, and what is answered.
type NoticeReply struct {
	// SignOut names the identity whose sessions end, and the one sign-in of it
	// where Session is not empty.
	SignOut *SignOut
	// Redirect or Post sends a browser back; else Status, ContentType and Body are
	// the answer.
	Redirect    string
	Post        *AutoPost
	Status      int
	ContentType string
	Body        []byte
}

// SignOut names sign-ins by another identity provider that have ended.
type SignOut struct {
	Key CredentialKey
	// SessionIndex of Identity; empty for all of them.
	SessionIndex string
}
