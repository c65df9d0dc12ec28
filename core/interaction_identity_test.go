package core

import "testing"

// fact changes what is known of an identity before it becomes an account.
type fact func(*IdentityFacts)

func all(facts ...fact) fact {
	return func(f *IdentityFacts) {
		for _, change := range facts {
			change(f)
		}
	}
}

var (
	ada, eve = ID{15: 1}, ID{15: 2}

	addressed     fact = func(f *IdentityFacts) { f.Addressed, f.Identity.Profile.Email = true, "ada@corp.example" }
	verifiedThere fact = func(f *IdentityFacts) { f.Identity.Profile.EmailVerified = true }
	trusted       fact = func(f *IdentityFacts) { f.Identity.EmailTrusted, f.Authoritative = true, true }
	spoken             = all(addressed, verifiedThere, trusted)
	held          fact = func(f *IdentityFacts) { f.Holder = Account{ID: ada, Profile: Profile{EmailVerified: true}} }
	heldUnproven  fact = func(f *IdentityFacts) { f.Holder = Account{ID: ada} }
	off           fact = func(f *IdentityFacts) { f.Holder.Disabled = true }
	stronger      fact = func(f *IdentityFacts) { f.HolderStronger = true }
	open          fact = func(f *IdentityFacts) { f.MayCreate = true }
	linked        fact = func(f *IdentityFacts) { f.Linked = Account{ID: eve} }
	unstable      fact = func(f *IdentityFacts) { f.Identity.Stable = false }
	unsolicited   fact = func(f *IdentityFacts) { f.Unsolicited = true }
)

func answer(act IdentityAct) fact {
	return func(f *IdentityFacts) { f.Answer = IdentityAnswer{Act: act, Account: eve} }
}

func TestRP07_RP14_SM16_WhatBecomesOfAnIdentity(t *testing.T) {
	for _, test := range []struct {
		name string
		when fact
		want IdentityStep
	}{
		{"LNK02: the link counts, whatever the address", all(linked, spoken, held), IdentityStep{Act: IdentityKnown, Account: eve}},
		{"LNK02: the same address under another subject is not the linked account", all(addressed, held), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"RP-14: proven on both sides joins", all(spoken, held), IdentityStep{Act: IdentityLink, Account: ada}},
		{"LNK01: not verified there", all(addressed, trusted, held), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"LNK01: verified, by somebody who is no authority", all(addressed, verifiedThere, held), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"RP-14: a domain that its organization has not proven", all(spoken, held, func(f *IdentityFacts) { f.Authoritative = false }), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"LNK03: the local address was never proven", all(spoken, heldUnproven), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"LNK03: nor is there a second account for it", all(spoken, heldUnproven, open), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"RP-14: a passkey or a code generator is not passed over", all(spoken, held, stronger), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"STA03: a disabled account stays so", all(spoken, held, off), IdentityStep{Act: IdentityAsk, Account: ada}},
		{"a new account, its address proven", all(spoken, open), IdentityStep{Act: IdentityCreate, Proven: true}},
		{"a new account, its address yet to be proven", all(addressed, verifiedThere, open), IdentityStep{Act: IdentityCreate}},
		{"a new account without an address", open, IdentityStep{Act: IdentityCreate}},
		{"LNK15: no account where none may be made", all(spoken), IdentityStep{Act: IdentityAsk}},
		{"ENU05: an unproven address with an account", all(addressed, open, held), IdentityStep{Act: IdentityAsk, Account: ada, Offer: true}},
		{"ENU05: is told nothing else than one without", all(addressed, open), IdentityStep{Act: IdentityAsk, Offer: true}},
		{"SM-16: a subject that does not last is linked to nobody", all(unstable, spoken, held, open), IdentityStep{Act: IdentityRefuse}},
		{"SM-16: nor found", all(unstable, linked), IdentityStep{Act: IdentityRefuse}},
		{"SM-09: what nobody here asked for is linked to nobody", all(unsolicited, addressed, held), IdentityStep{Act: IdentityRefuse}},
		{"SM-09: but a link that is stored counts", all(unsolicited, linked), IdentityStep{Act: IdentityKnown, Account: eve}},
		{"the hook links", all(spoken, held, answer(IdentityLink)), IdentityStep{Act: IdentityLink, Account: eve}},
		{"the hook refuses", all(spoken, held, answer(IdentityRefuse)), IdentityStep{Act: IdentityRefuse}},
		{"the hook makes an account where sign-up is closed", all(spoken, answer(IdentityCreate)), IdentityStep{Act: IdentityCreate, Proven: true}},
		{"the hook makes an account, which takes nobody's address", all(spoken, held, answer(IdentityCreate)), IdentityStep{Act: IdentityCreate}},
		{"the hook cannot link what does not last", all(unstable, answer(IdentityLink)), IdentityStep{Act: IdentityRefuse}},
		{"the hook is not above a link", all(linked, answer(IdentityLink)), IdentityStep{Act: IdentityKnown, Account: eve}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := IdentityFacts{Identity: Identity{Stable: true}}
			test.when(&f)
			got := ResolveIdentity(f)
			got.Reason = ""
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// However the facts are, nothing but a stored link or the hook gives an account
// whose address is not proven on both sides by those who may.
func TestRP14_NothingElseJoins(t *testing.T) {
	facts := []fact{addressed, verifiedThere, trusted, held, heldUnproven, off, stronger, open, unstable, unsolicited}
	for bits := range 1 << len(facts) {
		f := IdentityFacts{Identity: Identity{Stable: true}}
		for n, change := range facts {
			if bits&(1<<n) != 0 {
				change(&f)
			}
		}
		got := ResolveIdentity(f)
		both := f.Addressed && f.Identity.Profile.EmailVerified && f.Identity.EmailTrusted && f.Authoritative && f.Holder.EmailVerified
		if got.Act == IdentityLink && (!both || f.HolderStronger || f.Holder.Disabled || !f.Identity.Stable) {
			t.Errorf("%+v was joined", f)
		}
		if got.Act == IdentityCreate && (!f.MayCreate || !f.Identity.Stable || !f.Holder.ID.IsZero()) {
			t.Errorf("%+v made an account", f)
		}
		if got.Proven && !(f.Identity.EmailTrusted && f.Identity.Profile.EmailVerified) {
			t.Errorf("%+v has a proven address", f)
		}
	}
}
