package keywright

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// fieldName is what a field of a form may be called here.
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// checkSignUp looks at what is asked of people who make an account.
func (c *Config) checkSignUp(p *problems) {
	names, claims := map[string]bool{"csrf": true, "terms": true, "version": true, "username": true}, map[string]bool{}
	for i, f := range c.SignUpFields {
		at := fmt.Sprintf("SignUpFields[%d]", i)
		claim := f.Claim
		if claim == "" {
			claim = f.Name
		}
		switch {
		case !fieldName.MatchString(f.Name):
			p.add(at+".Name", fmt.Sprintf("is %q", f.Name), "use a lower-case letter, then letters, digits and underscores, at most 64")
		case names[f.Name]:
			p.add(at+".Name", fmt.Sprintf("is %q, which is given twice or the provider's own", f.Name), "choose another name")
		case claims[claim]:
			p.add(at+".Claim", fmt.Sprintf("is %q, which another field gives", claim), "choose another claim")
		case provider.ReservedClaim(claim):
			p.add(at+".Claim", fmt.Sprintf("is %q, which OpenID Connect gives a meaning", claim), "choose a claim of your own, and set the standard one in Hooks.SignUp")
		}
		names[f.Name], claims[claim] = true, true
		c.checkField(p, at, f)
	}
	c.checkTerms(p)
	c.checkOwnSteps(p)
}

// checkOwnSteps keeps the pages of the provider's own steps from authenticators.
func (c *Config) checkOwnSteps(p *problems) {
	own := []core.Step{core.StepAct, core.StepProfile, core.StepTerms, core.StepInvitation}
	for _, a := range c.Authenticators {
		if a == nil {
			continue
		}
		for _, s := range a.Steps() {
			if slices.Contains(own, s) {
				p.add("Authenticators", fmt.Sprintf("the provider and %s both own the page %q", a.Method(), s), "have it call its page something else")
			}
		}
	}
}

func (c *Config) checkField(p *problems, at string, f core.Field) {
	kinds := []core.FieldKind{"", core.FieldText, core.FieldEmail, core.FieldSelect, core.FieldCheckbox}
	if !slices.Contains(kinds, f.Kind) {
		p.add(at+".Kind", fmt.Sprintf("is %q", f.Kind), "use core.FieldText, FieldEmail, FieldSelect or FieldCheckbox")
	}
	if len(f.Label) == 0 {
		p.add(at+".Label", "is empty", `say what is asked, for example map[string]string{"": "Department", "de": "Abteilung"}`)
	}
	if f.MaxLength < 0 || f.MaxLength > 1000 {
		p.add(at+".MaxLength", fmt.Sprintf("is %d", f.MaxLength), "choose from 1 to 1000, or 0 for 200")
	}
	if (f.Kind == core.FieldSelect) != (len(f.Options) > 0) {
		p.add(at+".Options", "do not fit the Kind", "give some for FieldSelect, and none for any other")
	}
	for _, o := range f.Options {
		if o.Value == "" || strings.TrimSpace(o.Value) != o.Value || len(o.Value) > 200 {
			p.add(at+".Options", fmt.Sprintf("hold the value %q", o.Value), "give each a value of up to 200 bytes without spaces around it")
		}
	}
}

func (c *Config) checkTerms(p *problems) {
	u, err := url.Parse(c.Terms.URL)
	switch {
	case c.Terms == core.Terms{}:
	case c.Terms.Version == "":
		p.add("Terms.Version", "is empty", "name the version in force, for example its date: 2026-11-01")
	case len(c.Terms.Version) > core.MaxKind:
		p.add("Terms.Version", fmt.Sprintf("has %d bytes", len(c.Terms.Version)), fmt.Sprintf("use at most %d", core.MaxKind))
	case err != nil || u.Scheme != "https" || u.Host == "":
		p.add("Terms.URL", fmt.Sprintf("is %q", c.Terms.URL), "give the https address of the text")
	}
}
