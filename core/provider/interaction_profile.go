package provider

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// defaultFieldLength of a text, in code points.
const defaultFieldLength = 200

// profilePage asks what an account needs beside who its owner is.
func (p *Provider) profilePage(held *heldSignUp, form url.Values, problems ...core.Problem) core.Page {
	page := core.Page{
		Name: core.PageProfile, Fields: p.SignUpFields, Account: accountView(held.Change.Account),
		Values: map[string]string{}, Problems: problems, Args: map[string]any{},
		Links: map[string]string{"signin": string(core.StepSignIn)},
	}
	for _, f := range p.SignUpFields {
		page.Values[f.Name] = form.Get(f.Name)
	}
	p.askTerms(&page)
	return page
}

// askTerms adds the tick for the terms in force; the version comes back with it, so
// that nobody agrees to what they were not shown.
func (p *Provider) askTerms(page *core.Page) {
	if p.Terms.Version != "" {
		page.Args["terms"] = p.Terms.URL
		page.Form.Hidden = map[string]string{"version": p.Terms.Version}
	}
}

// agreed says whether the terms in force were ticked.
func (p *Provider) agreed(form url.Values) bool {
	return p.Terms.Version == "" || form.Get("terms") != "" && form.Get("version") == p.Terms.Version
}

// beginProfile draws the page for the account that waits; with none, signing in
// comes first.
func (p *Provider) beginProfile(_ context.Context, t core.Turn) (core.Reply, error) {
	held, err := parseHeld(t.Notes)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	return core.Show{Page: p.profilePage(held, nil)}, nil
}

// profile reads the answers and makes the account. Where it was made by an earlier
// attempt whose answer was lost, it only signs in; where its name was taken
// meanwhile, signing in to that account is what is left.
func (p *Provider) profile(ctx context.Context, t core.Turn) (core.Reply, error) {
	held, err := parseHeld(t.Notes)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	a := &held.Change.Account
	claims, problems := p.readFields(t.Form)
	if !p.agreed(t.Form) {
		problems = append(problems, core.Problem{Field: "terms", ID: "terms_tick"})
	}
	if len(problems) > 0 {
		page := p.profilePage(held, t.Form, problems...)
		page.Status = http.StatusBadRequest
		return core.Refused{Page: page}, nil
	}
	switch _, err := p.Store.Account(ctx, a.ID); {
	case err == nil:
		return signedUp{held: held, there: true}, nil
	case !errors.Is(err, core.ErrNotFound):
		return nil, err
	}
	if taken, err := p.taken(ctx, &held.Change); taken || err != nil {
		return core.GoTo{Step: core.StepSignIn, Keep: core.Keep{Notes: []byte("null"), Identifier: a.Email}}, err
	}
	if len(claims) > 0 {
		a.Claims = maps.Clone(a.Claims)
		if a.Claims == nil {
			a.Claims = map[string]json.RawMessage{}
		}
		maps.Copy(a.Claims, claims)
	}
	if p.Terms.Version != "" {
		a.Terms = &core.AcceptedTerms{Version: p.Terms.Version, At: t.At}
	}
	return signedUp{held: held}, nil
}

// readFields judges all answers at once and gives them as claims.
func (p *Provider) readFields(form url.Values) (map[string]json.RawMessage, []core.Problem) {
	claims, problems := map[string]json.RawMessage{}, []core.Problem(nil)
	for _, f := range p.SignUpFields {
		value, problem := readField(f, form.Get(f.Name))
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		if value == nil {
			continue
		}
		name := f.Claim
		if name == "" {
			name = f.Name
		}
		claims[name], _ = json.Marshal(value) // never fails: a text or a boolean
	}
	return claims, problems
}

// readField reads one answer: a text, or a boolean for a tick; nil for none.
func readField(f core.Field, typed string) (any, *core.Problem) {
	wrong := func(id string) (any, *core.Problem) { return nil, &core.Problem{Field: f.Name, ID: id} }
	most := f.MaxLength
	if most == 0 {
		most = defaultFieldLength
	}
	if f.Kind == core.FieldCheckbox {
		if f.Required && typed == "" {
			return wrong("field_tick")
		}
		return typed != "", nil
	}
	line, ok := plainLine(typed, most)
	switch {
	case utf8.RuneCountInString(line) > most:
		_, problem := wrong("field_long")
		problem.Args = map[string]any{"n": most}
		return nil, problem
	case !ok:
		return wrong("field_text")
	case line == "" && f.Required && f.Kind == core.FieldSelect:
		return wrong("field_choose")
	case line == "" && f.Required:
		return wrong("field_empty")
	case line == "":
		return nil, nil
	case f.Kind == core.FieldSelect && !slices.ContainsFunc(f.Options, func(o core.FieldOption) bool { return o.Value == line }):
		return wrong("field_choose")
	case f.Kind == core.FieldEmail:
		if _, err := mailaddress.Canonical(line); err != nil {
			return wrong("email_format")
		}
	}
	return line, nil
}

// beginTerms shows who has an account the terms that are in force now.
func (p *Provider) beginTerms(_ context.Context, t core.Turn) (core.Reply, error) {
	return core.Show{Page: p.termsPage(t)}, nil
}

func (p *Provider) termsPage(t core.Turn, problems ...core.Problem) core.Page {
	page := core.Page{
		Name: core.PageTerms, Problems: problems, Links: map[string]string{"signout": p.base + "/end-session"},
		Args: map[string]any{"again": t.Account.Terms != nil},
	}
	p.askTerms(&page)
	return page
}

// terms keeps that the person agreed, and to what.
func (p *Provider) terms(_ context.Context, t core.Turn) (core.Reply, error) {
	if !p.agreed(t.Form) {
		return core.Refused{Page: p.termsPage(t, core.Problem{Field: "terms", ID: "terms_tick"})}, nil
	}
	a := t.Account
	a.Terms = &core.AcceptedTerms{Version: p.Terms.Version, At: t.At}
	return core.Enrolled{Change: core.AccountChange{Account: a}, Keep: core.Keep{
		Events: []core.Event{happenedTo(t, core.EventTermsAccepted, p.Terms.Version)},
	}}, nil
}
