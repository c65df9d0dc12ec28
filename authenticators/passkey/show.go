package passkey

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/keywright/keywright/core"
)

// maxAnswer bounds what a browser posts, in bytes, before it is parsed.
const maxAnswer = 48 << 10

// errAnswer is the cause of an answer that does not hold.
var errAnswer = errors.New("passkey: the answer does not hold")

// beginShow asks for a passkey.
func (a *Authenticator) beginShow(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	page, err := a.showPage(ctx, t, &n)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: page, Keep: core.Keep{Notes: n.bytes()}}, nil
}

func showKind(t core.Turn) kind {
	if t.Purpose == core.TurnSecond {
		return kindSecond
	}
	return kindShow
}

// verification of the person is asked for whenever a passkey stands alone or has
// to be more than one factor; beside another factor it is welcome (WN-06).
func verification(t core.Turn) protocol.UserVerificationRequirement {
	if t.Purpose == core.TurnSecond && !t.MultiFactor {
		return protocol.VerificationPreferred
	}
	return protocol.VerificationRequired
}

// showPage holds a new challenge. The list of what is allowed goes only to a
// browser at which the account is known already; else it is empty, whoever was
// named (WN-20).
func (a *Authenticator) showPage(ctx context.Context, t core.Turn, n *notes) (core.Page, error) {
	rp, err := a.relyingParty(t)
	if err != nil {
		return core.Page{}, err
	}
	options := []webauthn.LoginOption{webauthn.WithUserVerification(verification(t))}
	if !t.Account.ID.IsZero() {
		of, err := owned(ctx, t)
		if err != nil {
			return core.Page{}, err
		}
		if len(of) > 0 {
			options = append(options, webauthn.WithAllowedCredentials(descriptors(of)))
		}
	}
	asked, session, err := rp.BeginDiscoverableLogin(options...)
	if err != nil {
		return core.Page{}, err
	}
	n.open(t, showKind(t), session)
	page := core.Page{Name: PagePasskey}
	if t.Purpose == core.TurnSecond {
		page.Args = map[string]any{"second": true} // the provider adds other ways
	} else {
		page.Links = map[string]string{"another": string(core.StepSignIn)}
	}
	page.Challenge, err = json.Marshal(asked.Response)
	return page, err
}

// show reads the answer of a passkey.
func (a *Authenticator) show(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	wait, err := t.Wait(ctx, limit(answers, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return a.refuseShow(ctx, t, n, refusal{status: 429, problem: core.ManyTries(wait)})
	}
	answer, refused := readAssertion(t.Form.Get("credential"))
	if refused != nil {
		return a.refuseShow(ctx, t, n, *refused)
	}
	session, ok := n.answered(t, showKind(t), answer.Response.CollectedClientData.Challenge)
	if !ok {
		return a.refuseShow(ctx, t, n, refusal{problem: &core.Problem{ID: "passkey_old"}})
	}
	s, refused, err := a.verify(ctx, t, session, answer)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return a.refuseShow(ctx, t, n, *refused)
	}
	if s.answers(session.Challenge) {
		return core.GoTo{Step: t.Step}, nil
	}
	var events []core.Event
	if s.Passkey.Authenticator.CloneWarning {
		warned, err := a.warn(ctx, t, s)
		if err != nil {
			return nil, err
		}
		if !a.options.InsecureAcceptClones {
			return a.refuseShow(ctx, t, n, refusal{problem: &core.Problem{ID: "passkey_clone"}, keep: warned})
		}
		events = warned.Events
	}
	flags := answer.Response.AuthenticatorData.Flags
	return core.Authenticated{
		Account: s.Account, AMR: amr(flags.HasBackupEligible(), flags.HasUserVerified()), Credential: s.used(t, session.Challenge),
		Keep: core.Keep{Notes: n.bytes(), Events: events},
	}, nil
}

// readAssertion parses what was posted; depth and size are bounded by the form and
// by the library (WAN09).
func readAssertion(posted string) (*protocol.ParsedCredentialAssertionData, *refusal) {
	switch {
	case posted == "":
		return nil, &refusal{status: 400, problem: &core.Problem{ID: "passkey_script"}}
	case len(posted) > maxAnswer:
		return nil, failed(400, errAnswer)
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(posted))
	if err != nil || len(answer.RawID) > maxID {
		return nil, failed(400, errors.Join(errAnswer, err))
	}
	return answer, nil
}

// verify finds out whose passkey answered and whether the answer holds (WebAuthn
// Level 3 section 7.2). A passkey that nobody has and one of another user handle
// are told alike (WAN13).
func (a *Authenticator) verify(
	ctx context.Context, t core.Turn, session webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData,
) (stored, *refusal, error) {
	s, found, err := find(ctx, t, answer.RawID)
	if err != nil {
		return stored{}, nil, err
	}
	handle := answer.Response.UserHandle
	if !found || len(handle) > 0 && !slices.Equal(handle, s.User) {
		return stored{}, &refusal{problem: &core.Problem{ID: "passkey_unknown"}, unknown: answer.RawID}, nil
	}
	if !slices.Contains(a.options.origins(t.Issuer), answer.Response.CollectedClientData.Origin) {
		return stored{}, failed(0, errors.New("passkey: another origin")), nil
	}
	rp, err := a.relyingParty(t)
	if err != nil {
		return stored{}, nil, err
	}
	if err := validate(rp, s, session, answer); err != nil {
		return stored{}, failed(0, err), nil
	}
	if !t.Account.ID.IsZero() && s.Account != t.Account.ID {
		return stored{}, &refusal{problem: &core.Problem{ID: "passkey_other"}}, nil
	}
	s.Passkey.Flags = s.Passkey.Flags.Update(answer.Response.AuthenticatorData.Flags)
	s.Passkey.Authenticator.UpdateCounter(answer.Response.AuthenticatorData.Counter)
	return s, nil, nil
}

// validate has the library check what is not ours to check. A list that was sent
// is a list that the answer must be on (WN-13); without one there must be a user
// handle (WN-12).
func validate(rp *webauthn.WebAuthn, s stored, session webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData) error {
	u := user{handle: s.User, passkeys: []webauthn.Credential{s.Passkey}}
	listed := len(session.AllowedCredentialIDs) > 0
	if listed && !slices.ContainsFunc(session.AllowedCredentialIDs, func(id []byte) bool { return slices.Equal(id, answer.RawID) }) {
		return errors.New("passkey: not on the list that was sent")
	}
	if !listed {
		_, _, err := rp.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return u, nil }, session, answer)
		return err
	}
	session.UserID, session.AllowedCredentialIDs = u.handle, [][]byte{answer.RawID}
	_, err := rp.ValidateLogin(u, session, answer)
	return err
}

// answers says whether it has answered this challenge before: then the answer counts
// no second time, and its counter is no copy's. Nothing is noted: the request that
// was first may still have its notes to write.
func (s stored) answers(challenge string) bool {
	sum := sha256.Sum256([]byte(challenge))
	return slices.Equal(s.Last, sum[:])
}

// used is the credential as it is after this answer: counter, flags, last use.
func (s stored) used(t core.Turn, challenge string) *core.Credential {
	sum := sha256.Sum256([]byte(challenge))
	s.Passkey.Authenticator.CloneWarning, s.Last = false, sum[:]
	c := s.Credential
	c.Secret, c.UsedAt = s.bytes(), t.At
	return &c
}

// warn tells the owner, at most once a day, that a key may have been copied.
func (a *Authenticator) warn(ctx context.Context, t core.Turn, s stored) (core.Keep, error) {
	keep := core.Keep{Events: []core.Event{t.Event(core.EventSignInRefused, s.Account, "passkey_clone")}}
	if a.options.InsecureAcceptClones {
		return keep, nil
	}
	wait, err := t.Wait(ctx, limit(cloneMail, s.Account.String()))
	if err == nil && wait == 0 {
		keep.Letters = []core.Letter{{Name: "passkey_clone", Locales: t.Locales, Brand: t.Brand}}
	}
	return keep, err
}

// amr are the references of RFC 8176: a key that can be copied to other devices is
// software; "user" is the presence of somebody, which is always tested, "mfa" is
// only said where the authenticator also verified who it is (WN-25).
func amr(copies, verified bool) []string {
	refs := []string{"hwk", "user"}
	if copies {
		refs[0] = "swk"
	}
	if verified {
		refs = append(refs, "mfa")
	}
	return refs
}
