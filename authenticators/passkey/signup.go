package passkey

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
)

// maxName is the longest name of a person, in bytes.
const maxName = 256

// signUpNotes are an account that does not exist yet.
type signUpNotes struct {
	// Account is the id it will have: a repeat by the same interaction makes the
	// same account.
	Account core.ID `json:"account"`
	User    []byte  `json:"user"`
	Name    string  `json:"name"`
	Email   string  `json:"email"` // as typed
}

func (s signUpNotes) profile() core.Profile { return core.Profile{Name: s.Name, Email: s.Email} }

// beginSignUp asks for name and address first, then for a passkey.
func (a *Authenticator) beginSignUp(t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	if n.SignUp == nil {
		return core.Show{Page: signUpPage("", t.Identifier)}, nil
	}
	page, err := a.signUpNew(t, &n)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: page, Keep: core.Keep{Notes: n.bytes()}}, nil
}

func signUpPage(name, email string) core.Page {
	return core.Page{
		Name: PageSignUp, Values: map[string]string{"name": name, "email": email},
		Links: map[string]string{"signin": string(core.StepSignIn)},
	}
}

// signUpNew is the second page: it makes the passkey.
func (a *Authenticator) signUpNew(t core.Turn, n *notes) (core.Page, error) {
	page, err := a.createPage(t, n, kindSignUp, person(n.SignUp.profile(), n.SignUp.User), nil)
	page.Account = &core.AccountView{Name: n.SignUp.Name, Email: n.SignUp.Email}
	page.Args = map[string]any{"signup": true}
	return page, err
}

// signUp reads either page. The same happens whether or not the address is known:
// the account is created without it as an identifier, which it becomes when the
// mailbox is proven (ENU03, LNK04).
func (a *Authenticator) signUp(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Form.Get("back") != "":
		page := signUpPage("", t.Identifier)
		if n.SignUp != nil {
			page = signUpPage(n.SignUp.Name, n.SignUp.Email)
		}
		n.SignUp = nil
		return core.Show{Page: page, Keep: core.Keep{Notes: n.bytes()}}, nil
	case n.SignUp == nil || t.Form.Has("email"):
		return a.readSignUp(ctx, t, n)
	}
	refuse := func(r refusal) (core.Reply, error) {
		page, err := a.signUpNew(t, &n)
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
	return a.create(ctx, t, n, refuse)
}

// readSignUp judges name and address.
func (a *Authenticator) readSignUp(ctx context.Context, t core.Turn, n notes) (core.Reply, error) {
	name, email := strings.TrimSpace(t.Form.Get("name")), strings.TrimSpace(t.Form.Get("email"))
	page := signUpPage(name, email)
	for _, p := range []*core.Problem{badName(name), badEmail(email)} {
		if p != nil {
			page.Problems = append(page.Problems, *p)
		}
	}
	if len(page.Problems) > 0 {
		page.Status = 400
		return core.Refused{Page: page}, nil
	}
	wait, err := t.Wait(ctx, limit(signUps, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		page.Status, page.Problems = 429, []core.Problem{*core.ManyTries(wait)}
		return core.Refused{Page: page}, nil
	}
	n.SignUp = &signUpNotes{Account: core.NewID(t.At), User: userHandle(nil), Name: name, Email: email}
	return core.GoTo{Step: StepSignUp, Keep: core.Keep{Notes: n.bytes()}}, nil
}

// create makes account and passkey in one write. If this interaction made them
// already (a lost answer), the person is simply signed in.
func (a *Authenticator) create(ctx context.Context, t core.Turn, n notes, refuse func(refusal) (core.Reply, error)) (core.Reply, error) {
	s := *n.SignUp
	if done, err := a.madeBefore(ctx, t, n); done != nil || err != nil {
		return done, err
	}
	m, refused, err := a.created(ctx, t, &n, kindSignUp, nil)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return refuse(*refused)
	}
	n.SignUp = nil
	profile := s.profile()
	profile.CreatedAt, profile.UpdatedAt = t.At, t.At
	return core.Enrolled{
		New: true, AMR: amr(m.Passkey.Flags.BackupEligible, m.Passkey.Flags.UserVerified),
		Change: core.AccountChange{
			Account:        core.Account{ID: s.Account, Profile: profile},
			PutCredentials: []core.Credential{m.credential(t, s.Account, "")},
		},
		Keep: core.Keep{
			Notes: n.bytes(), Identifier: s.Email,
			Events: []core.Event{t.Event(core.EventAccountCreated, s.Account, "passkey_signup")},
		},
	}, nil
}

// madeBefore finds the account of this interaction by what was posted again.
func (a *Authenticator) madeBefore(ctx context.Context, t core.Turn, n notes) (core.Reply, error) {
	answer, refused := readCreation(t.Form.Get("credential"))
	if refused != nil {
		return nil, nil //nolint:nilnil // nothing was made: the answer itself is judged next
	}
	s, found, err := find(ctx, t, answer.Response.AttestationObject.AuthData.AttData.CredentialID)
	if err != nil || !found || s.Account != n.SignUp.Account {
		return nil, err
	}
	n.SignUp = nil
	return core.Authenticated{Account: s.Account, AMR: amr(s.Passkey.Flags.BackupEligible, s.Passkey.Flags.UserVerified), Keep: core.Keep{Notes: n.bytes()}}, nil
}

// badName wants a name that can be shown to others; it is kept as it is or
// refused, never cut (IDN08).
func badName(name string) *core.Problem {
	switch {
	case name == "":
		return &core.Problem{Field: "name", ID: "name_empty"}
	case len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, hidden):
		return &core.Problem{Field: "name", ID: "other"}
	}
	return nil
}

// badEmail wants what could be an address. Whether it is one, and whose, is found
// out by the letter to it.
func badEmail(email string) *core.Problem {
	local, domain, _ := strings.Cut(email, "@")
	switch {
	case email == "":
		return &core.Problem{Field: "email", ID: "email_empty"}
	case len(email) > core.MaxIdentifier || !utf8.ValidString(email) || strings.ContainsFunc(email, hidden) ||
		strings.ContainsAny(email, " \"(),:;<>[]\\") || local == "" || strings.ContainsRune(domain, '@') ||
		!strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, "."):
		return &core.Problem{Field: "email", ID: "email_format"}
	}
	return nil
}

// hidden runes change how a text is drawn without being seen. Joiners are left:
// some scripts and emoji need them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}
