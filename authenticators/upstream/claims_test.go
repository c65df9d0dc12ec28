package upstream

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// addressCase is what a provider says of an address, and what is made of it.
type addressCase struct {
	change            func(*Provider)
	id                func(map[string]any)
	email             string
	verified, trusted bool
}

func addressCases() map[string]addressCase {
	set := func(pairs ...any) func(map[string]any) {
		return func(c map[string]any) {
			for i := 0; i < len(pairs); i += 2 {
				c[pairs[i].(string)] = pairs[i+1]
			}
		}
	}
	hosted := func(p *Provider) {
		p.Claims.HostedDomain, p.Claims.OwnDomains = "hd", []string{"gmail.com"}
		p.Domains = []string{"example.com", "gmail.com"}
	}
	assume := func(p *Provider) { p.InsecureAssumeEmailVerified = true }
	text := func(p *Provider) { p.Claims.VerifiedAsText = true }
	none := func(*Provider) {}
	return map[string]addressCase{
		"true":                                {none, set(), "mara@example.com", true, true},
		"false":                               {none, set("email_verified", false), "mara@example.com", false, false},
		"missing":                             {none, set("email_verified", nil), "mara@example.com", false, false},
		"text true":                           {none, set("email_verified", "true"), "mara@example.com", false, false},
		"text false":                          {none, set("email_verified", "false"), "mara@example.com", false, false},
		"one":                                 {none, set("email_verified", 1), "mara@example.com", false, false},
		"a list":                              {none, set("email_verified", []bool{true}), "mara@example.com", false, false},
		"null":                                {none, set("email_verified", json.RawMessage("null")), "mara@example.com", false, false},
		"text where documented":               {text, set("email_verified", "true"), "mara@example.com", true, true},
		"false where documented":              {text, set("email_verified", "false"), "mara@example.com", false, false},
		"another domain":                      {none, set("email", "mara@corp.example"), "mara@corp.example", true, false},
		"capitals":                            {none, set("email", "Mara@EXAMPLE.com"), "Mara@EXAMPLE.com", true, true},
		"below the domain":                    {none, set("email", "mara@evil.example.com"), "mara@evil.example.com", true, false},
		"beside the domain":                   {none, set("email", "mara@example.com.evil"), "mara@example.com.evil", true, false},
		"two at signs":                        {none, set("email", "mara@evil@example.com"), "", false, false},
		"no at sign":                          {none, set("email", "example.com"), "", false, false},
		"no mailbox":                          {none, set("email", "@example.com"), "", false, false},
		"a name around it":                    {none, set("email", "Mara <mara@example.com>"), "", false, false},
		"a line break":                        {none, set("email", "mara@example.com\nBcc: all@example.com"), "", false, false},
		"not text":                            {none, set("email", []string{"mara@example.com"}), "mara@example.com", true, true}, // userinfo's
		"hosted":                              {hosted, set("hd", "example.com"), "mara@example.com", true, true},
		"not hosted":                          {hosted, set(), "mara@example.com", true, false},
		"hosted elsewhere":                    {hosted, set("hd", "corp.example"), "mara@example.com", true, false},
		"the provider's own":                  {hosted, set("email", "mara@gmail.com"), "mara@gmail.com", true, true},
		"assumed":                             {assume, set("email_verified", nil), "mara@example.com", true, true},
		"assumed, but said":                   {assume, set("email_verified", false), "mara@example.com", false, false},
		"assumed elsewhere":                   {assume, set("email_verified", nil, "email", "mara@corp.example"), "mara@corp.example", false, false},
		"userinfo's flag for another address": {none, set("email", "eve@example.com", "email_verified", nil, "name", nil), "eve@example.com", false, false},
		"userinfo's flag for the same":        {none, set("email_verified", nil, "name", nil), "mara@example.com", true, true},
	}
}

// RP-14, LNK01, LNK05, LNK14: when an address is verified, and when the provider may speak for it.
func TestRP14_Threat_LNK05_LNK14_addresses(t *testing.T) {
	for name, c := range addressCases() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.change)
			w.id = c.id
			if strings.HasPrefix(name, "assumed") {
				w.info["email_verified"] = nil
				delete(w.info, "email_verified")
			}
			who := w.identity()
			if p := who.Profile; p.Email != c.email || p.EmailVerified != c.verified || who.EmailTrusted != c.trusted {
				t.Errorf("%q verified %v trusted %v, want %q %v %v", p.Email, p.EmailVerified, who.EmailTrusted, c.email, c.verified, c.trusted)
			}
		})
	}
}

// LNK14: where only people of a company are admitted, the others are turned away, and those without a company.
func TestThreat_LNK14_hostedDomains(t *testing.T) {
	w := newWorld(t, func(p *Provider) { p.Claims.HostedDomain, p.HostedDomains = "hd", []string{"example.com"} })
	if hd := w.away().Query().Get("hd"); hd != "example.com" {
		t.Errorf("domain hint %q", hd)
	}
	for _, hd := range []any{nil, "", "corp.example", "example.com.evil", []string{"example.com"}} {
		claim("hd", hd)(w)
		reply, err := w.signIn()
		w.wantProblem(reply, err, problemHosted)
	}
	claim("hd", "example.com")(w)
	w.identity()
}

// LNK16: what is long, odd or elsewhere becomes short, plain or nothing; nothing is fetched.
func TestThreat_LNK16_profile(t *testing.T) {
	w := newWorld(t, func(p *Provider) {
		p.Claims.More = map[string]string{"team": "https://slack.com/team", "street": "address.street_address", "big": "big", "none": "none"}
	})
	w.id = func(c map[string]any) {
		c["name"] = "  <b>Mara</b>\r\n\x00" + strings.Repeat("é", 400)
		c["picture"] = "http://169.254.169.254/latest/meta-data"
		c["given_name"] = 17
		c["https://slack.com/team"] = "T0R"
		c["address"] = map[string]any{"street_address": "Kai 1"}
		c["big"] = strings.Repeat("b", 4000)
	}
	p := w.identity().Profile
	if len(p.Name) > maxLine || !strings.HasPrefix(p.Name, "<b>Mara</b>é") || strings.ContainsAny(p.Name, "\r\n\x00") {
		t.Errorf("name %q", p.Name)
	}
	if p.Picture != "" || p.GivenName != "" {
		t.Errorf("%+v", p)
	}
	if string(p.Claims["team"]) != `"T0R"` || string(p.Claims["street"]) != `"Kai 1"` || len(p.Claims) != 2 {
		t.Errorf("claims %s", p.Claims)
	}
}

// RP-05, LNK09: the issuer of a token is rebuilt from a tenant that is on the list.
func TestRP05_Threat_LNK09_tenants(t *testing.T) {
	tenants := func(w *world) {
		w.metadata = func(m map[string]any) { m["issuer"] = w.URL + "/{tenantid}/v2.0" }
	}
	l := newLiar(t)
	p := honest(l)
	p.Issuer, p.DiscoveryURL = l.URL+"/{tenantid}/v2.0", l.URL+"/.well-known/openid-configuration"
	p.Tenants = &Tenants{Template: l.URL + "/{tenant}/v2.0", Claim: "tid", Allowed: []string{"t-1", "t-2"}}
	a, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, l, a)
	tenants(w)
	keys := map[string]core.CredentialKey{}
	for name, c := range map[string]struct {
		tid, issuer any
		iss         string
		problem     string
	}{
		"first":             {tid: "t-1", issuer: l.URL + "/t-1/v2.0"},
		"second, with iss":  {tid: "t-2", issuer: l.URL + "/t-2/v2.0", iss: l.URL + "/t-2/v2.0"},
		"unlisted":          {tid: "t-3", issuer: l.URL + "/t-3/v2.0", problem: problemHosted},
		"issuer of another": {tid: "t-1", issuer: l.URL + "/t-2/v2.0", problem: problemLie},
		"the template":      {tid: "{tenantid}", issuer: l.URL + "/{tenantid}/v2.0", problem: problemHosted},
		"no tenant":         {issuer: l.URL + "/t-1/v2.0", problem: problemHosted},
		"a path in tenant":  {tid: "t-1/../t-2", issuer: l.URL + "/t-2/v2.0", problem: problemHosted},
		"iss of another":    {tid: "t-1", issuer: l.URL + "/t-1/v2.0", iss: l.URL + "/t-2/v2.0", problem: problemLie},
		"iss of unlisted":   {tid: "t-1", issuer: l.URL + "/t-1/v2.0", iss: l.URL + "/t-3/v2.0", problem: problemLie},
	} {
		w.id = func(m map[string]any) { m["tid"], m["iss"] = c.tid, c.issuer }
		values := w.authorize(w.away())
		if c.iss != "" {
			values.Set("iss", c.iss)
		}
		reply, err := w.back(values)
		if c.problem != "" {
			w.wantProblem(reply, err, c.problem)
			continue
		}
		who, ok := reply.(core.Identified)
		if !ok || err != nil {
			t.Fatalf("%s: %+v, %v\n%s", name, reply, err, w.log.text())
		}
		keys[name] = who.Identity.Key
	}
	if keys["first"] == keys["second, with iss"] { // JG-02
		t.Error("the same subject of two tenants is one person")
	}
}
