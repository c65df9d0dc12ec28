package core

import (
	"slices"
	"time"
)

// amrMultiFactor is the authentication method reference of RFC 8176 for more
// than one factor, amrHardware that of a key that cannot leave its device.
const (
	amrMultiFactor = "mfa"
	amrHardware    = "hwk"
)

// multi says that the event alone was more than one factor.
func (a *Authentication) multi() bool { return slices.Contains(a.AMR, amrMultiFactor) }

// isFirst says whether a sign-in can rest upon it: a second factor alone cannot,
// unless it was more than one factor by itself.
func (p *Policy) isFirst(a *Authentication) bool {
	return (!a.Second || a.multi()) && (len(p.First) == 0 || slices.Contains(p.First, a.Method))
}

// hasFirst says whether a sign-in can rest upon what was shown.
func (p *Policy) hasFirst(shown []Authentication) bool {
	return slices.ContainsFunc(shown, func(a Authentication) bool { return p.isFirst(&a) })
}

// isMulti says whether two different factors were shown, or one event that was
// two (MF-05). Two of one method are one.
func (p *Policy) isMulti(shown []Authentication) bool {
	for n := range shown {
		first := &shown[n]
		if !p.isFirst(first) {
			continue
		}
		if first.multi() || slices.ContainsFunc(shown, func(a Authentication) bool {
			return a.Method != first.Method && slices.Contains(p.Seconds, a.Method)
		}) {
			return true
		}
	}
	return false
}

// meets says whether what was shown is enough, whatever its age.
func (p *Policy) meets(r Requirement, shown []Authentication) bool {
	some := func(is func(Authentication) bool) bool { return slices.ContainsFunc(shown, is) }
	resists := func(a Authentication) bool { return slices.Contains(p.PhishingResistant, a.Method) }
	switch {
	case r.Refuse, !p.hasFirst(shown), r.Second && !p.isMulti(shown):
		return false
	case r.PhishingResistant && !some(resists):
		return false
	case r.HardwareKey && !some(func(a Authentication) bool { return resists(a) && slices.Contains(a.AMR, amrHardware) }):
		return false
	}
	return len(r.Methods) == 0 || some(func(a Authentication) bool { return slices.Contains(r.Methods, a.Method) })
}

// Counted lists what the account has shown that an answer to this request may
// rest upon: in its sessions, unless the request asks for a new sign-in or for a
// younger one (OC-11, OC-14, SE-14), and in this interaction under the epoch that
// holds: however long the person then took, except to manage an account.
func (f *Facts) Counted(account ID) []Authentication {
	var out []Authentication
	if !f.Request.Asks(PromptLogin) && !f.Request.Asks(PromptCreate) {
		for s := range f.live() {
			if s.Account.ID != account {
				continue
			}
			for _, a := range s.Session.Authentications {
				if f.young(&a) {
					out = append(out, a)
				}
			}
		}
	}
	for _, a := range f.here(account) {
		if f.fresh(&a) {
			out = append(out, a)
		}
	}
	return out
}

// young says whether something shown before this request counts for it.
func (f *Facts) young(a *Authentication) bool {
	age := f.At.Sub(a.At)
	if most := f.Request.MaxAge; most != nil && (*most <= 0 || age > *most) {
		return false
	}
	return f.fresh(a)
}

// fresh says whether it is recent enough to manage an account, if that is what
// this is (SE-09).
func (f *Facts) fresh(a *Authentication) bool {
	at := a.At
	if !a.Since.IsZero() {
		at = a.Since
	}
	return f.Purpose != PurposeAccount || f.At.Sub(at) <= f.FreshFor
}

// within cuts what counts to what is not older than age, 0 for any age. What was
// shown in this interaction stays.
func (f *Facts) within(account ID, shown []Authentication, age time.Duration) []Authentication {
	if age <= 0 {
		return shown
	}
	here := f.here(account)
	return slices.DeleteFunc(slices.Clone(shown), func(a Authentication) bool {
		return f.At.Sub(a.At) > age && !slices.ContainsFunc(here, func(h Authentication) bool {
			return h.Method == a.Method && h.At.Equal(a.At)
		})
	})
}

// Strength is what tokens say of a sign-in: the acr that it meets, the methods
// shown for it, and when the person signed in. All of it is of what counts for
// this request, so that it decays with age. Among several acr values it is the
// first that the client asks for and gets, else the strongest.
func (f *Facts) Strength(account ID) (acr string, amr []string, at time.Time) {
	shown := f.Counted(account)
	for n := range shown {
		if a := &shown[n]; f.Policy.isFirst(a) && a.At.After(at) {
			at = a.At
		}
	}
	amr = AMR(shown)
	if f.Policy.isMulti(shown) && !slices.Contains(amr, amrMultiFactor) {
		amr = append(amr, amrMultiFactor)
	}
	for _, value := range slices.Concat(f.Request.ACRMust, f.Request.ACRValues) {
		if f.reached(account, shown, value) {
			return value, amr, at
		}
	}
	for _, l := range slices.Backward(f.Policy.Levels) {
		if f.reached(account, shown, l.Value) {
			return l.Value, amr, at
		}
	}
	return "", amr, at
}

func (f *Facts) reached(account ID, shown []Authentication, value string) bool {
	r, known := f.Policy.level(value)
	return known && f.Policy.meets(r, f.within(account, shown, r.MaxAge))
}
