package core

import "time"

// Session is one account signed in at one browser. A browser with several
// accounts holds several.
type Session struct {
	ID ID
	Row
	Account ID
	// SignInEpoch of the account when it signed in; a session under another
	// one has ended.
	SignInEpoch uint64
	// Ended is sign-out.
	Ended bool
	// Ends is the absolute end, IdleEnds the end if nothing more happens.
	Ends, IdleEnds time.Time
	SessionTerms
}

// SessionTerms is the part of a session that is not a key.
type SessionTerms struct {
	// Secret is the SHA-256 of the random part of the cookie's handle. It is
	// replaced at every sign-in and step-up, while the id stays (SE-05).
	Secret Hash `json:"secret"`
	// Authentications that still count, oldest first.
	Authentications []Authentication `json:"auth"`
	CreatedAt       time.Time        `json:"created_at"`
	SeenAt          time.Time        `json:"seen_at"`
	// Agent and Address are hints for the person's own list of sessions.
	Agent   string `json:"agent,omitempty"`
	Address string `json:"address,omitempty"`
}

// Authentication is one event in which somebody showed who they are.
type Authentication struct {
	Account ID     `json:"account"`
	Method  string `json:"method"`
	// AMR are authentication method references (RFC 8176).
	AMR []string  `json:"amr"`
	At  time.Time `json:"at"`
	// Since is when the person signed in at another identity provider, where that says
	// so, it was before, and nothing newer was asked for; zero otherwise. A recent
	// sign-in is not what a session there gives away in silence (SE-09).
	Since time.Time `json:"since,omitzero"`
	// SignInEpoch of the account when the decision began.
	SignInEpoch uint64 `json:"epoch"`
	// Second: it was shown, or set up, after a first one. Alone it is no sign-in.
	Second bool `json:"second,omitempty"`
	// Connection it went by, with the epoch that the connection had; zero for none.
	Connection      ID     `json:"connection,omitzero"`
	ConnectionEpoch uint64 `json:"connection_epoch,omitempty"`
	// Key is the credential that was shown, where one was: the link to another
	// identity provider, a passkey.
	Key CredentialKey `json:"key,omitzero"`
	// SessionIndex names the sign-in at the other identity provider.
	SessionIndex string `json:"session_index,omitempty"`
	// Ends caps the session, as the other identity provider wants; zero does not.
	Ends time.Time `json:"ends,omitzero"`
}

// AuthTime is when the person last signed in.
func (s *Session) AuthTime() time.Time {
	var last time.Time
	for _, a := range s.Authentications {
		if a.At.After(last) {
			last = a.At
		}
	}
	return last
}

// AMR is the union of what was shown in the session.
func AMR(of []Authentication) []string {
	seen, out := map[string]bool{}, []string{}
	for _, a := range of {
		for _, m := range a.AMR {
			if !seen[m] {
				seen[m] = true
				out = append(out, m)
			}
		}
	}
	return out
}

// Live says whether the session stands: not ended, not over, and its account
// there, enabled and under the same sign-in epoch.
func (s *Session) Live(account AccountStanding, at time.Time) bool {
	return !s.ID.IsZero() && !s.Ended && at.Before(s.Ends) && at.Before(s.IdleEnds) &&
		account.Found && !account.Disabled && account.SignInEpoch == s.SignInEpoch
}

// SignedIn is a session with the account it belongs to, read as one.
type SignedIn struct {
	Session Session
	Account Account
}

// Live says whether the session stands for its account.
func (s *SignedIn) Live(at time.Time) bool {
	return s.Session.Account == s.Account.ID && s.Session.Live(s.Account.Standing(), at)
}

// SessionStanding is how a session stands now, as far as a grant asks. The zero
// value is a session that is not there: ended.
type SessionStanding struct {
	Found       bool
	Ended       bool
	SignInEpoch uint64
	Ends        time.Time
	IdleEnds    time.Time
}

// MarshalPayload writes what is not a key.
func (s *Session) MarshalPayload() ([]byte, error) { return marshalMembers(&s.SessionTerms, s.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (s *Session) UnmarshalPayload(b []byte) (err error) {
	s.Rest, err = unmarshalMembers(b, &s.SessionTerms)
	return err
}
