package core

import "testing"

// A client that waits for an operator stops everybody before consent, who are signed
// in; who goes back has refused.
func TestNext_approval(t *testing.T) {
	waits := func(f *Facts) { f.Unapproved = true }
	approval := Need{Step: StepApproval, Account: annID}
	silent := approval
	silent.Error = AccessDenied
	checkNext(t, []nextCase{
		{"never agreed", []change{waits, noConsent}, approval},
		{"agreed to before, and remembered", []change{waits}, approval},
		{"agreed here, before it was asked for", []change{waits, noConsent, decided(true, shown)}, approval},
		{"nobody is signed in", []change{waits, nobody}, signIn()},
		{"an address to prove first", []change{waits, unverified}, Need{Step: StepVerifyEmail, Account: annID}},
		{"prompt=none", []change{waits, func(f *Facts) { f.Request.Prompt = []string{PromptNone} }}, silent},
		{"went back", []change{waits, decided(false, shown)}, Need{Step: StepRefuse, Account: annID, Error: AccessDenied}},
		{"went back from something else", []change{waits, decided(false, Hash{1})}, approval},
	})
}

// A consent that outlives the row of its client does not count: else something would
// be granted to a client without a row.
func TestNext_DCR05_aRowThatHasGone(t *testing.T) {
	published := func(version uint64) change {
		return func(f *Facts) { f.Client.Lane, f.Client.Version = LaneCIMD, version }
	}
	checkNext(t, []nextCase{
		{"with a row", []change{published(3)}, free(annID)},
		{"without", []change{published(0)}, consent(annID)},
	})
}
