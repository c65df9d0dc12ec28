package core

import "time"

// Maxima that every store keeps whole and every endpoint enforces.
const (
	MaxClientID     = 512  // bytes
	MaxIdentifier   = 320  // bytes of a normalised identifier
	MaxHandle       = 1024 // bytes of a credential's handle
	MaxName         = 255  // bytes of a name that an operator gives: of a tenant, an organization, a group, a lease
	MaxDomain       = 253  // bytes of a domain: RFC 1035 section 2.3.4, without the final dot
	MaxKind         = 64   // bytes of a word chosen by code: a kind, a state, a use, the name of an event
	MaxConnections  = 100  // that a domain leads to
	MaxClaimTenants = 1000 // that one claim of deliveries may name
	MaxState        = 4096 // bytes of the state parameter
	MaxNonce        = 512
	MaxScopes       = 100
	MaxRedirectURI  = 2048
	MaxPassword     = 1024 // bytes
	MaxSessions     = 5    // accounts signed in at one browser
	MaxOverlap      = time.Minute
	MaxClockSkew    = time.Minute
	MaxClientStale  = 5 * time.Second // of a cached client, for requests without a grant
	MaxParameters   = 100
	MaxRequestBytes = 64 << 10
	MaxReturnBytes  = 256 << 10 // of what another identity provider has a browser post
)

// Lifetimes are how long things live. The zero value of each means the default
// given here; what is shorter than one second is refused at start.
type Lifetimes struct {
	Code          time.Duration `json:"code,omitempty"`           // 60 s, at most 10 min
	Interaction   time.Duration `json:"interaction,omitempty"`    // 15 min since the last step
	InteractionAt time.Duration `json:"interaction_at,omitempty"` // 60 min altogether
	AccessToken   time.Duration `json:"access_token,omitempty"`   // 10 min, at most 1 h
	IDToken       time.Duration `json:"id_token,omitempty"`       // 10 min, at most 1 h
	RefreshIdle   time.Duration `json:"refresh_idle,omitempty"`   // 30 d
	RefreshMax    time.Duration `json:"refresh_max,omitempty"`    // 180 d, at most 1 y
	// Overlap is the window in which a refresh token's predecessor still gets
	// the same successor: 30 s, at most 60 s; negative is strict.
	Overlap     time.Duration `json:"overlap,omitempty"`
	SessionIdle time.Duration `json:"session_idle,omitempty"` // 14 d
	SessionMax  time.Duration `json:"session_max,omitempty"`  // 30 d
	Fresh       time.Duration `json:"fresh,omitempty"`        // 5 min, for sensitive acts
	MailCode    time.Duration `json:"mail_code,omitempty"`    // 10 min
	ResetLink   time.Duration `json:"reset_link,omitempty"`   // 30 min
	DeviceCode  time.Duration `json:"device_code,omitempty"`  // 10 min, 5 to 30 min
	SigningKey  time.Duration `json:"signing_key,omitempty"`  // 90 d active
	PrePublish  time.Duration `json:"pre_publish,omitempty"`  // 24 h before first use
	Document    time.Duration `json:"document,omitempty"`     // 5 min, max-age of metadata and JWKS
}

// DefaultLifetimes are those of the requirements, section 9.
func DefaultLifetimes() Lifetimes {
	const day = 24 * time.Hour
	return Lifetimes{
		Code: time.Minute, Interaction: 15 * time.Minute, InteractionAt: time.Hour,
		AccessToken: 10 * time.Minute, IDToken: 10 * time.Minute,
		RefreshIdle: 30 * day, RefreshMax: 180 * day, Overlap: 30 * time.Second,
		SessionIdle: 14 * day, SessionMax: 30 * day, Fresh: 5 * time.Minute,
		MailCode: 10 * time.Minute, ResetLink: 30 * time.Minute, DeviceCode: 10 * time.Minute,
		SigningKey: 90 * day, PrePublish: day, Document: 5 * time.Minute,
	}
}

// Or fills what is zero in l from d.
func (l Lifetimes) Or(d Lifetimes) Lifetimes {
	for _, f := range []struct{ own, other *time.Duration }{
		{&l.Code, &d.Code}, {&l.Interaction, &d.Interaction}, {&l.InteractionAt, &d.InteractionAt},
		{&l.AccessToken, &d.AccessToken}, {&l.IDToken, &d.IDToken}, {&l.RefreshIdle, &d.RefreshIdle},
		{&l.RefreshMax, &d.RefreshMax}, {&l.Overlap, &d.Overlap}, {&l.SessionIdle, &d.SessionIdle},
		{&l.SessionMax, &d.SessionMax}, {&l.Fresh, &d.Fresh}, {&l.MailCode, &d.MailCode},
		{&l.ResetLink, &d.ResetLink}, {&l.SigningKey, &d.SigningKey}, {&l.PrePublish, &d.PrePublish},
		{&l.Document, &d.Document}, {&l.DeviceCode, &d.DeviceCode},
	} {
		if *f.own == 0 {
			*f.own = *f.other
		}
	}
	return l
}

// Limit is a budget of attempts against one key.
type Limit struct {
	// Key is a hash of what is counted: an account, an address, a client.
	Key Hash
	// Max attempts in each Window; the window starts with the first.
	Max    int
	Window time.Duration
}

// Taken says how one Limit stands after it was counted against.
type Taken struct {
	// Count in this window, this attempt included.
	Count int
	// Over: the attempt is beyond Max and must be refused.
	Over bool
	// Resets is when the window ends.
	Resets time.Time
}
