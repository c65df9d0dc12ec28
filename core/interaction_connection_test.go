package core

import (
	"testing"
	"time"
)

// An organization that accepts its own connections alone is not satisfied by any
// other way in, in whatever order they are shown.
func TestRP15_NoOtherWayInCounts(t *testing.T) {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	account, ours, others := ID{15: 1}, ID{15: 7}, ID{15: 8}
	password := Authentication{Account: account, Method: "password", At: at}
	company := Authentication{Account: account, Method: "company", Connection: ours, At: at}
	elsewhere := Authentication{Account: account, Method: "company", Connection: others, At: at}
	old := company
	old.At = at.Add(-time.Hour)
	minute := time.Minute
	for _, test := range []struct {
		name    string
		session []Authentication
		here    []Authentication
		request AuthorizationRequest
		purpose Purpose
		want    Step
		err     ErrorCode
	}{
		{name: "a password here", here: []Authentication{password}, want: StepConnection},
		{name: "a password session from before the rule", session: []Authentication{password}, want: StepConnection},
		{name: "another organization's connection", here: []Authentication{elsewhere}, want: StepConnection},
		{name: "its own connection", here: []Authentication{company}},
		{name: "a session by it", session: []Authentication{old}},
		{name: "both", here: []Authentication{password, company}},
		{name: "asked silently", session: []Authentication{password}, request: AuthorizationRequest{Prompt: []string{PromptNone}}, want: StepConnection, err: LoginRequired},
		{name: "prompt=login met by a password", session: []Authentication{old}, here: []Authentication{password}, request: AuthorizationRequest{Prompt: []string{PromptLogin}}, want: StepConnection},
		{name: "max_age met by a password", session: []Authentication{old}, here: []Authentication{password}, request: AuthorizationRequest{MaxAge: &minute}, want: StepConnection},
		{name: "an account opened with a password", session: []Authentication{old}, here: []Authentication{password}, purpose: PurposeAccount, want: StepConnection},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Facts{
				At: at, Purpose: PurposeSignIn, Request: test.request, FreshFor: time.Minute, Account: Account{ID: account},
				Interaction: &Interaction{InteractionTerms: InteractionTerms{Chosen: account, Authentications: test.here}},
				Enforced:    &Enforcement{Organization: ID{15: 9}, Connections: []ID{ours}},
			}
			if test.purpose != "" {
				f.Purpose = test.purpose
				f.Interaction.Outcome = &Outcome{}
			}
			if test.session != nil {
				f.SignedIn = []SignedIn{{Account: f.Account, Session: Session{
					ID: ID{15: 3}, Account: account, Ends: at.Add(time.Hour), IdleEnds: at.Add(time.Hour),
					SessionTerms: SessionTerms{Authentications: test.session},
				}}}
			}
			if need := Next(f); need.Step != test.want || need.Error != test.err {
				t.Errorf("got %+v, want %q %q", need, test.want, test.err)
			}
			f.Enforced = nil
			if need := Next(f); need.Step != StepNone {
				t.Errorf("without the rule, the same needs %q", need.Step)
			}
		})
	}
}
