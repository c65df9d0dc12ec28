package provider

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// stepIdentity is where a person hears that they are signed in elsewhere and
// linked to no account here, and says how to go on.
const stepIdentity core.Step = "identity"

// What the provider itself notes in an interaction, beside its authenticators. No
// method has a space in it.
const (
	notePending = "pending identity"
	noteLinker  = "link begun"
)

// pendingIdentity waits for its owner to prove an account that they have.
type pendingIdentity struct {
	Identity   core.Identity
	Method     string
	Connection core.ID `json:",omitzero"`
	Epoch      uint64
	At         time.Time
	// Holder is the account that its address finds: it may have been proven in this
	// interaction before. Any other has to be proven after.
	Holder core.ID `json:",omitzero"`
	// Accepted: its owner wants it linked to the account they are about to prove, or
	// have proven in this interaction because that account's organization demands the
	// connection.
	Accepted bool
	// Offer: a new account may be had instead.
	Offer bool
	// Provider is what people call the other identity provider.
	Provider string
}

// readNote reads what the provider noted; false where there is nothing.
func (v *visit) readNote(name string, to any) (bool, error) {
	sealed, ok := v.i.Notes[name]
	if !ok {
		return false, nil
	}
	b, err := v.p.Keys.Unseal(v.r.Context(), noteLabel, sealed)
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(b, to)
}

func (v *visit) sealNote(note any) ([]byte, error) {
	b, err := json.Marshal(note)
	if err != nil {
		return nil, err
	}
	return v.p.Keys.Seal(noteLabel, b)
}

// putNote sets or, with nil, removes what the provider noted.
func putNote(i *core.Interaction, name string, sealed []byte) {
	if sealed == nil {
		delete(i.Notes, name)
		return
	}
	if i.Notes == nil {
		i.Notes = map[string][]byte{}
	}
	i.Notes[name] = sealed
}

// pending reads the identity that waits in this interaction; nil for none.
func (v *visit) pending() (*pendingIdentity, error) {
	var p pendingIdentity
	ok, err := v.readNote(notePending, &p)
	if !ok || err != nil {
		return nil, err
	}
	return &p, nil
}

// askAboutIdentity lets the identity wait, and asks the person how to go on. Who
// has proven the account in this interaction already is not asked again. Where an
// account is being managed, links are made on its own page.
func (t *turn) askAboutIdentity(reply core.Identified, step core.IdentityStep) error {
	if t.i.Purpose == core.PurposeAccount {
		return t.refuseIdentity(reply, step.Reason)
	}
	p := pendingIdentity{
		Identity: reply.Identity, Method: t.authenticator.Method(), At: t.at, Offer: step.Offer, Holder: step.Account,
		Provider: cmp.Or(hostOf(reply.Identity.Issuer), reply.Identity.Issuer),
	}
	if t.Connection != nil {
		p.Connection, p.Epoch = t.Connection.ID, t.Connection.Epoch
		p.Provider = cmp.Or(t.Connection.Label, p.Provider)
	}
	p.Accepted = !p.Holder.IsZero() && t.need.Step == core.StepConnection && p.Holder == t.need.Account
	sealed, err := t.sealNote(p)
	if err != nil {
		return err
	}
	if err := t.keep(reply.Keep, func(i *core.Interaction) { putNote(i, notePending, sealed) }); err != nil {
		return err
	}
	if len(t.provenHere(&p, p.Holder)) > 0 {
		return t.proceed()
	}
	return t.goTo(stepIdentity)
}

// provenHere lists what the account showed in this interaction by another way
// than the identity, and that counts as its owner's proof.
func (v *visit) provenHere(p *pendingIdentity, account core.ID) []core.Authentication {
	var proofs []core.Authentication
	if !p.Accepted || account.IsZero() {
		return nil
	}
	for _, a := range v.i.Shown(account, v.facts.Account.SignInEpoch) {
		if (a.Method != p.Method || a.Connection != p.Connection) && (account == p.Holder || !a.At.Before(p.At)) {
			proofs = append(proofs, a)
		}
	}
	return proofs
}

// drawIdentity shows how to go on: in the same words whether or not the address
// has an account, unless the other provider has proven it (ENU05).
func (v *visit) drawIdentity() error {
	p, err := v.pending()
	if err != nil {
		return err
	}
	page := core.Page{
		Name: core.PageIdentity, Account: &core.AccountView{Name: p.Identity.Profile.Name, Email: p.Identity.Profile.Email},
		Args: map[string]any{"provider": p.Provider, "offer": p.Offer},
	}
	return v.show(stepIdentity, page)
}

// answerIdentity goes on as the person chose: by proving an account they have, or
// with a new one.
func (v *visit) answerIdentity(form map[string][]string) error {
	p, err := v.pending()
	if err != nil {
		return err
	}
	switch one(form, "choice") {
	case "existing":
		p.Accepted = true
		email := p.Identity.Profile.Email
		sealed, err := v.sealNote(p)
		if err != nil {
			return err
		}
		err = v.write(func(i *core.Interaction) {
			putNote(i, notePending, sealed)
			i.Chosen, i.PickedAt, i.Connection = core.ID{}, v.at, core.ID{}
			if i.Identifier == "" && email != "" && len(email) <= core.MaxIdentifier {
				i.Identifier = email
			}
		})
		return v.settled(err, func() error { return v.goTo(core.StepSignIn) })
	case "new":
		if p.Offer {
			return v.createPending(p)
		}
	}
	return v.drawIdentity()
}

// createPending makes the account that was offered, if it still may be.
func (v *visit) createPending(p *pendingIdentity) error {
	t, err := v.turnOf(p)
	if err != nil {
		return err
	}
	reply := core.Identified{Identity: p.Identity}
	if !t.mayCreate() {
		return t.refuseIdentity(reply, "accounts may no longer be made this way")
	}
	if err = t.createFrom(reply, false); errors.Is(err, core.ErrConflict) {
		err = t.resolveIdentity(reply) // another request has linked it meanwhile
	}
	return err
}

// turnOf is the turn in which the identity came, taken up again. Its connection
// has to stand as it did.
func (v *visit) turnOf(p *pendingIdentity) (*turn, error) {
	t := &turn{visit: v, authenticator: v.p.byMethod(p.Method), epochs: map[core.ID]uint64{}, identity: &p.Identity}
	t.Turn = core.Turn{Purpose: core.TurnSignIn, At: v.at, Interaction: v.i.ID, Locales: v.i.Locales}
	t.saw(v.facts.Account)
	if t.authenticator == nil {
		return nil, core.PageOld.Because(v.from(errors.New("the authenticator is no longer there")))
	}
	if p.Connection.IsZero() {
		return t, nil
	}
	c, err := v.p.openConnection(v.r.Context(), p.Connection)
	if errors.Is(err, core.ErrNotFound) || err == nil && c.Epoch != p.Epoch {
		return nil, core.PageOld.Because(v.from(errors.New("the connection has ended or was renewed meanwhile")))
	}
	t.Connection = c
	return t, err
}

func (p *Provider) byMethod(method string) core.Authenticator {
	for _, a := range p.Authenticators {
		if a.Method() == method {
			return a
		}
	}
	return nil
}

// settlePending links the identity that waits to the account that was proven here,
// once nothing else is needed: the second factor too, so that a password alone
// never opens a way past it (RP-14). What is not linked then is forgotten.
func (v *visit) settlePending(p *pendingIdentity) error {
	account := v.facts.Account
	if v.need.Step != core.StepNone || account.ID.IsZero() || len(v.provenHere(p, account.ID)) == 0 {
		return v.forgetPending(v.proceed)
	}
	t, err := v.turnOf(p)
	if err != nil {
		return v.forgetPending(func() error { return err })
	}
	for range maxWrites {
		if taken := v.freeFor(p.Identity.Key, account.ID); taken != nil {
			return v.forgetPending(func() error { return taken })
		}
		change, err := t.newcomer().linkChange(v.r.Context(), account, p.Identity)
		if err != nil {
			return err
		}
		written, err := t.writeAccount(core.Enrolled{Change: change, Keep: t.withLinkTold(core.Keep{}, account)})
		switch {
		case err == nil:
			a := t.authentication(written.ID, p.Identity.AMR, written.SignInEpoch)
			err := v.write(func(i *core.Interaction) {
				putNote(i, notePending, nil)
				record(i, a)
			})
			return v.settled(err, v.proceed)
		case !errors.Is(err, core.ErrConflict):
			return err
		}
		if account, err = v.p.Store.Account(v.r.Context(), account.ID); err != nil {
			return err
		}
	}
	return core.Unavailable(errors.New("the link could not be written"))
}

func (v *visit) forgetPending(then func() error) error {
	err := v.write(func(i *core.Interaction) { putNote(i, notePending, nil) })
	return v.settled(err, then)
}
