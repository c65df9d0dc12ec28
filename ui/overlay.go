package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
)

// checkOverlay draws every page that a replaced template can have changed and
// looks for what must be there. It reports all that is missing at once.
func (u *UI) checkOverlay() error {
	if len(u.templates.replaced) == 0 {
		return nil
	}
	partials := slices.ContainsFunc(u.templates.replaced, func(f string) bool { return strings.HasPrefix(f, "partials/") })
	var problems []error
	for _, c := range overlayChecks() {
		file := "pages/" + c.page.Name + ".html"
		if !partials && !slices.Contains(u.templates.replaced, file) {
			continue
		}
		var out bytes.Buffer
		if err := u.Page(context.Background(), &out, c.page); err != nil {
			problems = append(problems, fmt.Errorf("template %s: %w", u.blame(file), err))
			continue
		}
		for _, lack := range c.lacks(out.String()) {
			problems = append(problems, fmt.Errorf("template %s: %s", u.blame(file), lack))
		}
	}
	return errors.Join(problems...)
}

// blame names the file that was replaced; where it was a partial, the page that
// shows the fault.
func (u *UI) blame(file string) string {
	if slices.Contains(u.templates.replaced, file) {
		return file
	}
	var partials []string
	for _, f := range u.templates.replaced {
		if strings.HasPrefix(f, "partials/") {
			partials = append(partials, f)
		}
	}
	return strings.Join(partials, ", ") + " (seen on " + file + ")"
}

// overlayCheck is a page and what must stand on it: texts, and controls as
// name=value ("" for any value).
type overlayCheck struct {
	page     core.Page
	texts    map[string]string // what it is, by the text that must occur
	controls [][2]string
}

// Values that occur nowhere by chance.
const (
	sampleToken  = "sample-token-7d1f"
	sampleHost   = "client-7d1f.example"
	sampleNext   = "next-7d1f.example"
	sampleDigest = "sample-digest-7d1f"
	sampleEmail  = "person-7d1f@example.com"
)

func overlayChecks() []overlayCheck {
	app := &core.AppView{Name: "Sample", Lane: core.LaneCIMD, Host: sampleHost, RedirectHost: sampleNext}
	me := &core.AccountView{Key: "key-7d1f", Name: "Person", Email: sampleEmail}
	form := core.Form{Action: "/sample", Hidden: map[string]string{"csrf": sampleToken}}
	links := map[string]string{"app": "https://" + sampleNext + "/cb", "switch": "/switch-7d1f"}
	page := func(name string, controls ...[2]string) overlayCheck {
		p := core.Page{Name: name, Form: form, Links: links, App: app, Account: me, Args: map[string]any{"email": sampleEmail, "host": sampleNext}}
		return overlayCheck{page: p, controls: append(controls, [2]string{"csrf", sampleToken})}
	}
	consent := page(core.PageConsent, [2]string{"decision", "deny"}, [2]string{"decision", "allow"}, [2]string{"digest", sampleDigest})
	consent.page.Consent = &core.ConsentView{Digest: sampleDigest, Scopes: []core.ScopeView{{Name: "sample:scope"}}}
	consent.texts = map[string]string{sampleHost: "the host of the app", sampleNext: "the host where the browser goes next", "sample:scope": "a scope without a description", sampleEmail: "the account in use"}
	unverified := consent
	unverified.page.Consent = &core.ConsentView{Digest: sampleDigest, Unverified: true, Scopes: consent.page.Consent.Scopes}
	unverified.controls = append(slices.Clone(consent.controls), [2]string{"mine", ""})
	accounts := page(core.PageAccounts, [2]string{"account", "key-7d1f"})
	accounts.page.Accounts = []core.AccountView{*me}
	leave := overlayCheck{page: page(core.PageLeave).page, texts: map[string]string{sampleNext: "the host where the browser goes next"}}
	post := overlayCheck{page: core.Page{Name: core.PageAutoPost, Post: &core.AutoPost{URL: "https://" + sampleNext + "/cb", Fields: [][2]string{{"state", sampleToken}}}}, controls: [][2]string{{"state", sampleToken}}}
	device := page(core.PageDeviceAsk, [2]string{"decision", "deny"}, [2]string{"decision", "allow"}, [2]string{"digest", sampleDigest})
	device.page.Consent, device.page.Args["code"] = consent.page.Consent, "WDJB-MJHT"
	device.texts = map[string]string{"WDJB-MJHT": "the code of the device", "sample:scope": "a scope without a description", sampleEmail: "the account in use"}
	return []overlayCheck{
		device, page(core.PageDevice, [2]string{"user_code", ""}),
		page(core.PageSignIn, [2]string{"identifier", ""}), page(core.PagePassword, [2]string{"password", ""}),
		page(core.PageSignUp, [2]string{"email", ""}, [2]string{"password", ""}),
		page(core.PageCode, [2]string{"code", ""}), page(core.PageReset, [2]string{"email", ""}), page(core.PageNewPassword, [2]string{"password", ""}),
		page("passkey", [2]string{"credential", ""}), page("passkey_new", [2]string{"credential", ""}), page("passkey_signup", [2]string{"email", ""}),
		page(core.PageApproval, [2]string{"decision", "ask"}, [2]string{"decision", "back"}),
		accounts, consent, unverified, leave, post,
		page(core.PageSignOut, [2]string{"decision", "signout"}),
	}
}

// lacks lists what a drawn page does not hold, or holds and must not.
func (c overlayCheck) lacks(page string) []string {
	var lacks []string
	for _, text := range sortedKeys(c.texts) {
		if !strings.Contains(page, text) {
			lacks = append(lacks, "does not show "+c.texts[text])
		}
	}
	for _, want := range c.controls {
		if !hasControl(page, want[0], want[1]) {
			lacks = append(lacks, missingControl(want[0], want[1]))
		}
	}
	for _, form := range postForms.FindAllString(page, -1) {
		if c.page.Post == nil && !hasControl(form, "csrf", sampleToken) {
			lacks = append(lacks, "has a form without the hidden fields of Form.Hidden")
		}
	}
	return append(lacks, blocked(page)...)
}

func missingControl(name, value string) string {
	switch {
	case value == sampleToken:
		return fmt.Sprintf("does not send back the hidden field %q (range .HiddenFields, or .Page.Post.Fields)", name)
	case value != "":
		return fmt.Sprintf("has no button or field %q with the value %q", name, value)
	}
	return fmt.Sprintf("has no field %q", name)
}

var (
	postForms  = regexp.MustCompile(`(?is)<form\b[^>]*\bmethod="?post\b.*?</form>`)
	controlTag = regexp.MustCompile(`(?i)<(?:input|button|select|textarea)\b[^>]*>`)
	inlineCode = regexp.MustCompile(`(?i)<script\b[^>]*>`)
	inlineAttr = regexp.MustCompile(`(?i)<[a-z][^>]*\s(on[a-z]+|style)=`)
	loadedFrom = regexp.MustCompile(`(?i)<(?:script|link|img|source|iframe|video|audio)\b[^>]*\s(?:src|srcset|href)=["']?(?:[a-z]+:)?//`)
)

func hasControl(page, name, value string) bool {
	for _, tag := range controlTag.FindAllString(page, -1) {
		if strings.Contains(tag, ` name="`+name+`"`) && (value == "" || strings.Contains(tag, ` value="`+value+`"`)) {
			return true
		}
	}
	return false
}

// blocked lists what the content security policy of the pages stops.
func blocked(page string) []string {
	var lacks []string
	for _, tag := range inlineCode.FindAllString(page, -1) {
		if !strings.Contains(tag, " src=") {
			lacks = append(lacks, "has a script in the page; the policy allows files only")
		}
	}
	if strings.Contains(page, "<style") {
		lacks = append(lacks, "has a style sheet in the page; the policy allows files only")
	}
	for _, m := range inlineAttr.FindAllStringSubmatch(page, -1) {
		lacks = append(lacks, "has the attribute "+m[1]+", which the policy blocks")
	}
	if loadedFrom.MatchString(page) {
		lacks = append(lacks, "loads something from another site, which the policy blocks")
	}
	return lacks
}
