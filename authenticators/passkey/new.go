package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/keywright/keywright/core"
)

// maxLabel is the longest name that a person gives a passkey, in bytes.
const maxLabel = 100

// beginNew offers to make one more passkey for the account. The provider has made
// sure of a recent sign-in (WN-24).
func (a *Authenticator) beginNew(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	of, err := owned(ctx, t)
	if err != nil {
		return nil, err
	}
	page, err := a.newPage(t, &n, of, "")
	if err != nil {
		return nil, err
	}
	return core.Show{Page: page, Keep: core.Keep{Notes: n.bytes()}}, nil
}

// newPage holds the options of a new passkey of the account.
func (a *Authenticator) newPage(t core.Turn, n *notes, of []stored, label string) (core.Page, error) {
	page, err := a.createPage(t, n, kindNew, person(t.Account.Profile, userHandle(of)), of)
	page.Values = map[string]string{"label": label}
	if signals := a.signalOwned(t, of); signals != nil {
		page.Args = map[string]any{"signal": signals}
	}
	return page, err
}

// createPage asks for a discoverable credential that none of the account's
// authenticators holds yet (WN-17).
func (a *Authenticator) createPage(t core.Turn, n *notes, k kind, u user, of []stored) (core.Page, error) {
	rp, err := a.relyingParty(t)
	if err != nil {
		return core.Page{}, err
	}
	asked, session, err := rp.BeginRegistration(u, webauthn.WithCredentialParameters(algorithms()), webauthn.WithExclusions(descriptors(of)))
	if err != nil {
		return core.Page{}, err
	}
	n.open(t, k, session)
	page := core.Page{Name: PageNew}
	page.Challenge, err = json.Marshal(asked.Response)
	return page, err
}

// addNew keeps a passkey that a browser has made.
func (a *Authenticator) addNew(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	of, err := owned(ctx, t)
	if err != nil {
		return nil, err
	}
	label := cleanLabel(t.Form.Get("label"))
	refuse := func(r refusal) (core.Reply, error) {
		page, err := a.newPage(t, &n, of, label)
		if err != nil {
			return nil, err
		}
		return a.refuse(ctx, t, n, page, r), nil
	}
	wait, err := t.Wait(ctx, limit(answers, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return refuse(refusal{status: 429, problem: core.ManyTries(wait)})
	}
	made, refused, err := a.created(ctx, t, &n, kindNew, of)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return refuse(*refused)
	}
	account := t.Account
	account.UpdatedAt = t.At
	reply := core.Enrolled{
		Change: core.AccountChange{Account: account, PutCredentials: []core.Credential{made.credential(t, account.ID, label)}},
		Keep: core.Keep{
			Notes: n.bytes(), Events: []core.Event{t.Event(core.EventAccountChanged, account.ID, "passkey_added")},
		},
	}
	if account.Email != "" {
		reply.Letters = []core.Letter{{Name: "passkey_new", To: account.Email, Locales: t.Locales, Brand: t.Brand}}
	}
	return reply, nil
}

// made is a new passkey whose making was verified.
type made struct{ record }

// created verifies a new passkey (WebAuthn Level 3 section 7.1) and that nobody
// has it yet (WN-09).
func (a *Authenticator) created(ctx context.Context, t core.Turn, n *notes, k kind, of []stored) (made, *refusal, error) {
	answer, refused := readCreation(t.Form.Get("credential"))
	if refused != nil {
		return made{}, refused, nil
	}
	session, ok := n.answered(t, k, answer.Response.CollectedClientData.Challenge)
	if !ok || len(of) > 0 && !slices.Equal(session.UserID, of[0].User) {
		return made{}, &refusal{problem: &core.Problem{ID: "passkey_old"}}, nil
	}
	if !slices.Contains(a.options.origins(t.Issuer), answer.Response.CollectedClientData.Origin) {
		return made{}, failed(0, errors.New("passkey: another origin")), nil
	}
	rp, err := a.relyingParty(t)
	if err != nil {
		return made{}, nil, err
	}
	passkey, err := rp.CreateCredential(user{handle: session.UserID}, session, answer)
	if err != nil {
		return made{}, failed(0, err), nil
	}
	if err := a.options.Attestation.judge(t.At, passkey, answer); err != nil {
		return made{}, &refusal{problem: &core.Problem{ID: "passkey_model"}, cause: err}, nil
	}
	if a.options.Attestation == nil {
		passkey.Attestation = webauthn.CredentialAttestation{PublicKeyAlgorithm: passkey.Attestation.PublicKeyAlgorithm} // nobody asked for it
	}
	other, taken, err := find(ctx, t, passkey.ID)
	switch {
	case err != nil:
		return made{}, nil, err
	case taken && other.Account == t.Account.ID:
		return made{}, &refusal{problem: &core.Problem{ID: "passkey_known"}}, nil
	case taken:
		return made{}, failed(0, errors.New("passkey: the id is another account's")), nil
	}
	return made{record{User: session.UserID, Passkey: *passkey}}, nil, nil
}

func readCreation(posted string) (*protocol.ParsedCredentialCreationData, *refusal) {
	switch {
	case posted == "":
		return nil, &refusal{status: 400, problem: &core.Problem{ID: "passkey_script"}}
	case len(posted) > maxAnswer:
		return nil, failed(400, errAnswer)
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(posted))
	if err != nil {
		return nil, failed(400, errors.Join(errAnswer, err))
	}
	if id := answer.Response.AttestationObject.AuthData.AttData.CredentialID; len(id) == 0 || len(id) > maxID {
		return nil, failed(400, errAnswer)
	}
	return answer, nil
}

// credential is the passkey as it is kept, named by its owner or after its maker.
func (m made) credential(t core.Turn, account core.ID, label string) core.Credential {
	if label == "" {
		label = modelName(m.Passkey.Authenticator.AAGUID)
	}
	return core.Credential{
		CredentialKey: keyOf(m.Passkey.ID), Account: account,
		CredentialTerms: core.CredentialTerms{Secret: m.bytes(), Label: label, CreatedAt: t.At},
	}
}

// cleanLabel is a name as it was given, without what cannot be seen; one that is
// too long is cut.
func cleanLabel(form string) string {
	if !utf8.ValidString(form) {
		return ""
	}
	label := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, form))
	for len(label) > maxLabel {
		_, size := utf8.DecodeLastRuneInString(label)
		label = label[:len(label)-size]
	}
	return label
}
