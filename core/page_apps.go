package core

import "time"

// PageApps is the list of a person's connected apps; each is disconnected by way
// of PageAct.
const PageApps = "apps"

// ConnectedApp is a client that an account has let in, as its owner sees it: one
// with a consent, or with a sign-in that still stands.
type ConnectedApp struct {
	// Key names it in the form of the page: "act" is "disconnect", a colon, and Key.
	Key string `json:"key"`
	// App is what is known of the client now; without a name where it is gone.
	App AppView `json:"app"`
	// Off: the operator has switched it off, or nobody knows it any more. It can
	// be disconnected all the same.
	Off bool `json:"off,omitempty"`
	// Own clients are the operator's, which nobody is asked about.
	Own bool `json:"own,omitempty"`
	// Access is what it may do, resource by resource.
	Access []AppAccess `json:"access,omitempty"`
	// Since is when the person first agreed or the oldest sign-in began; UsedAt when
	// tokens were given last. Neither moves with what an API is asked.
	Since  time.Time `json:"since,omitzero"`
	UsedAt time.Time `json:"used_at,omitzero"`
	// Away: it can act while the person is away.
	Away bool `json:"away,omitempty"`
	// Count of its sign-ins that stand; SignIns are those used last, at most
	// MaxListedSignIns.
	Count   int    `json:"count"`
	SignIns []Item `json:"sign_ins,omitempty"`
}

// MaxListedSignIns is how many sign-ins of one app are listed one by one.
const MaxListedSignIns = 10

// AppAccess is what an app may do at one resource; nil is the account itself.
type AppAccess struct {
	Resource *ResourceView `json:"resource,omitempty"`
	Scopes   []ScopeView   `json:"scopes,omitempty"`
}
