package conformance_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// slip is an authenticator for these tests: a word of one's own, asked for after a
// number that came by mail. Each fault is one that a check must catch.
type slip struct{ fault string }

type slipNotes struct {
	Number string    `json:"number"`
	Until  time.Time `json:"until"`
	Spent  bool      `json:"spent"`
}

func (s slip) is(fault string) bool { return s.fault == fault }

func (s slip) Method() string {
	if s.is("turn.names_are_usable") {
		return "Slip of paper"
	}
	return "slip"
}

func (slip) Label() string { return "" }

func (slip) Start(core.Tools) error { return nil }
func (slip) Steps() []core.Step     { return []core.Step{"slip"} }

func (s slip) Starts() map[core.TurnPurpose]core.Step {
	if s.is("turn.starts_are_steps") {
		return map[core.TurnPurpose]core.Step{core.TurnSignIn: "elsewhere"}
	}
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: "slip"}
}

func (slip) Revoke(context.Context, core.Turn, core.Credential) error { return nil }

func (s slip) Usable(_ core.Account, of []core.Credential) bool {
	for _, c := range of {
		if c.Kind == "slip" {
			return !s.is("turn.usable_once_set_up")
		}
	}
	return s.is("turn.nothing_is_usable_without_credentials")
}

func (s slip) Endpoints() []core.Endpoint {
	if s.is("turn.endpoints_are_whole") {
		return []core.Endpoint{{Kind: core.EndpointReturn, Path: "/slip"}}
	}
	return nil
}

func (s slip) page(problems ...core.Problem) core.Page {
	return core.Page{Name: "slip", Problems: problems, Values: map[string]string{}}
}

func (s slip) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Purpose != core.TurnSignIn && !s.is("turn.a_purpose_is_not_exchanged") {
		return nil, core.PageNotFound
	}
	var old slipNotes
	if len(t.Notes) > 0 && json.Unmarshal(t.Notes, &old) == nil && old.Number != "" {
		if s.is("turn.looking_signs_nobody_in") {
			return core.Authenticated{Account: core.NewID(t.At)}, nil
		}
		return core.Show{Page: s.page()}, nil
	}
	number := t.Interaction.String()[20:]
	notes, err := json.Marshal(slipNotes{Number: number, Until: t.At.Add(10 * time.Minute)})
	letter := core.Letter{Name: "code", To: t.Identifier, Code: number}
	return core.Show{Page: s.page(), Keep: core.Keep{Notes: notes, Letters: []core.Letter{letter}}}, err
}

func (s slip) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if t.Purpose != core.TurnSignIn && !s.is("turn.a_purpose_is_not_exchanged") {
		return nil, core.PageNotFound
	}
	var notes slipNotes
	if err := json.Unmarshal(t.Notes, &notes); err != nil && s.is("turn.strange_notes_are_survived") && len(t.Notes) > 0 {
		panic(err)
	}
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: t.Identifier})
	if err != nil && !errors.Is(err, core.ErrNotFound) && !s.is("turn.a_lost_store_is_no_verdict") {
		return nil, err
	}
	if account.ID.IsZero() && s.is("turn.nobody_is_told_who_has_an_account") {
		return core.Refused{Page: s.page(core.Problem{ID: "unknown"})}, nil
	}
	if refused, err := s.count(ctx, t); refused != nil || err != nil {
		return refused, err
	}
	c, err := t.Find.Credential(ctx, core.CredentialKey{Kind: "slip", Handle: account.ID.String()})
	if err != nil && !errors.Is(err, core.ErrNotFound) && !s.is("turn.a_lost_store_is_no_verdict") {
		return nil, err
	}
	if !s.right(t, notes, c) {
		if s.is("turn.a_guess_is_refused") {
			return core.Show{Page: s.page()}, nil
		}
		return core.Refused{Page: s.page(core.Problem{ID: "wrong"}), Keep: core.Keep{
			Events: []core.Event{{ID: core.NewID(t.At), Name: core.EventSignInRefused}},
		}}, nil
	}
	if account.Disabled && s.is("turn.who_is_switched_off_stays_out") {
		return core.Enrolled{Change: core.AccountChange{Account: account}, AMR: []string{"otp"}}, nil
	}
	if account.Disabled || account.Deleted {
		return core.Refused{Page: s.page(core.Problem{ID: "off"})}, nil
	}
	notes.Spent = true
	spent, err := json.Marshal(notes)
	if fresh, onceErr := t.Once(ctx, "slip", notes.Number+t.Interaction.String(), notes.Until); !s.is("turn.a_proof_counts_once") {
		if onceErr != nil {
			return nil, onceErr
		}
		if !fresh {
			return core.Refused{Page: s.page(core.Problem{ID: "wrong"})}, nil
		}
	}
	return core.Authenticated{Account: account.ID, AMR: []string{"otp"}, Keep: core.Keep{Notes: spent}}, err
}

func (s slip) count(ctx context.Context, t core.Turn) (core.Reply, error) {
	if s.is("turn.attempts_are_counted_first") {
		return nil, nil
	}
	limit := core.NamedLimit{Parts: []string{"slip", t.Identifier}, Max: 5, Window: time.Hour, Free: s.is("turn.guessing_ends")}
	err := t.Reserve(ctx, limit)
	if throttled := new(core.Throttled); errors.As(err, &throttled) {
		return core.Refused{Page: core.Page{Name: "slip", Status: 429, Problems: []core.Problem{{ID: "many"}}}}, nil
	}
	return nil, err
}

func (s slip) right(t core.Turn, n slipNotes, c core.Credential) bool {
	number, word := t.Form.Get("number"), t.Form.Get("word")
	sum := sha256.Sum256([]byte(word))
	own := string(c.Secret) == string(sum[:]) || s.is("turn.secrets_stay_secret") && string(c.Secret) == word
	switch {
	case s.is("turn.hostile_forms_are_refused") && len(word) > 50_000:
		panic("too long")
	case s.is("turn.a_proof_is_its_owners"):
		own, n.Number = number != "wrong", number
	case s.is("turn.a_proof_counts_in_its_browser"):
		n.Number = number
	case s.is("turn.time_ends_a_proof"):
		n.Until = t.At.Add(time.Hour)
	case s.is("turn.the_right_proof_signs_in"):
		return false
	}
	return own && number != "" && number == n.Number && t.At.Before(n.Until)
}

func candidate(fault string) conformance.Candidate {
	return conformance.Candidate{
		New:  func() (core.Authenticator, error) { return slip{fault}, nil },
		Once: true,
		Person: func(_ context.Context, at time.Time, email string, _ func(string, []byte) ([]byte, error)) (core.AccountChange, any, error) {
			id := core.NewID(at)
			word := "the word of " + email
			sum := sha256.Sum256([]byte(word))
			secret := sum[:]
			if fault == "turn.secrets_stay_secret" {
				secret = []byte(word)
			}
			return core.AccountChange{
				Account:        core.Account{ID: id, Profile: core.Profile{Email: email, EmailVerified: true}},
				PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: email}},
				PutCredentials: []core.Credential{{
					CredentialKey: core.CredentialKey{Kind: "slip", Handle: id.String()}, Account: id,
					CredentialTerms: core.CredentialTerms{Secret: secret},
				}},
			}, word, nil
		},
		Prove: func(s conformance.Sight) (url.Values, error) {
			if len(s.Letters) == 0 {
				return nil, errors.New("no letter came")
			}
			return url.Values{"number": {s.Letters[len(s.Letters)-1].Code}, "word": {s.Secret.(string)}}, nil
		},
		Guess: func(conformance.Sight) url.Values { return url.Values{"number": {"wrong"}, "word": {"a guess"}} },
	}
}

func TestAuthenticator(t *testing.T) {
	conformance.TestAuthenticator(t, candidate(""))
}

// Each fault is caught by the check that is named for it.
func TestAuthenticator_catches(t *testing.T) {
	for _, check := range conformance.Authenticator() {
		if check.Name == "turn.many_at_once" {
			continue // what the race detector finds
		}
		t.Run(check.Name, func(t *testing.T) {
			if err := check.Run(t.Context(), candidate(check.Name)); err == nil {
				t.Error("an authenticator with this very fault passes")
			}
			if check.Why == "" {
				t.Error("it does not say why it matters")
			}
		})
	}
}
