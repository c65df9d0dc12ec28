package dialogues

import "strings"

// Instead says whether an answer is right that is not the one a dialogue wants,
// where an outage began in the middle of what was asked and it is asked again.
// In each case it was done the first time, which kept shows, and cannot be done
// twice; who asks is told that much and has a way to go on. lost names the calls
// that did not come through.
func Instead(answer, kept, lost string) bool {
	kept += strings.ReplaceAll(lost, " ", "\nlost ")
	for _, c := range []struct{ answer, kept string }{
		// The one exception of promise 5: the code was redeemed, but neither the
		// answer nor the read after it came through. The sign-in is repeated.
		{`"error": "invalid_grant"`, "event grant.code_replayed of"},
		// An assertion was used up, and the outage kept it from being taken back: who
		// holds the key signs another.
		{`"error": "invalid_client"`, "lost Unmark"},
		{"the assertion was used before", "lost Unmark"},
		// The same holds of an assertion about a person: its client gets a new one.
		{"the assertion was used before", "has a grant for visitor: active"},
		// The new password was written, but not what the interaction knows of it: the
		// person signs in with it.
		{"This link does not work any more", "event password.reset of"},
		{"/signin\n", "event password.changed of"},
	} {
		if strings.Contains(answer, c.answer) && strings.Contains(kept, c.kept) {
			return true
		}
	}
	return false
}
