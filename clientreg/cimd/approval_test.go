package cimd_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
)

// With the pages people see and the API an operator has: a client waits, is asked
// for, is approved, works; a document that changes afterwards asks people again, and
// no operator.
func TestApproval_aWholeLife(t *testing.T) {
	w := newWorld(t, cimd.Options{Approval: true})
	c, browser, act := w.app(), w.person.Browser(), admin.Act{By: "ola"}
	request := c.Authorize("openid", "email", "offline_access")
	browser.Open(request.URL)
	browser.Submit("signin", map[string]string{"identifier": w.person.Email})
	landed := browser.Submit("password-form", map[string]string{"password": w.person.Password})
	if landed.Page() != "approval" || !landed.Says("Fieldnotes") || !landed.Says("app.example.com") {
		t.Fatalf("%s: %s", landed.Page(), landed.Body)
	}
	if landed = browser.Submit("approval", nil, "decision=ask"); !landed.Says("waiting for approval") {
		t.Fatalf("%s: %s", landed.Page(), landed.Body)
	}
	list, _, err := w.Clients().List(t.Context(), admin.Filter{Waiting: true}, "", 10)
	if err != nil || len(list) != 1 || list[0].ID != w.id || list[0].Name != "Fieldnotes" {
		t.Fatalf("%+v, %v", list, err)
	}
	if landed = browser.Submit("approval", nil, "decision=back"); landed.Answer("error") != "access_denied" {
		t.Errorf("back: %v", landed.URL)
	}
	if _, err := w.Clients().Approve(t.Context(), w.id, act); err != nil {
		t.Fatal(err)
	}
	request = c.Authorize("openid", "email", "offline_access")
	tokens := c.Redeem(request, browser.SignInAndRemember(request.URL))

	w.publish("client_name", `"Fieldnotes Pro"`)
	w.Advance(2 * time.Hour)
	if landed := browser.Open(c.Authorize("openid", "email").URL); landed.Page() != "consent" {
		t.Errorf("after a change of the document: page %q", landed.Page())
	}
	if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("refresh: %d %s", got.Status, got.Body)
	}
	row := w.row(t)
	if row.Name != "Fieldnotes Pro" || row.Record.ApprovedBy != "ola" || row.Record.AdmittedAt.IsZero() {
		t.Errorf("the row: %+v", row)
	}
	if _, err := w.Clients().Disable(t.Context(), w.id, admin.Act{By: "ola", Reason: "changed too much"}); err != nil {
		t.Fatal(err)
	}
	w.Advance(core.MaxClientStale)
	landed = browser.Open(c.Authorize("openid", "email").URL)
	if landed.Page() != "error" || landed.Says("too much") || landed.Says("ola") {
		t.Errorf("%s: %s", landed.Page(), landed.Body)
	}
}
