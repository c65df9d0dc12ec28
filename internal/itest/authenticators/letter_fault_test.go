package authenticators

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/faults"
)

// A person proves a letter while the n-th store call is lost, for every n, before
// and after it took effect. Whoever tries again is signed in: by the same letter, or,
// where the mark that it was used is all that went through, by the next one.
func TestThreat_FLT02_FLT03_ALetterSurvivesALostCall(t *testing.T) {
	for _, by := range []string{"code", "link"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after %v", by, after), func(t *testing.T) {
				for n, anew := 1, 0; ; n++ {
					struck, again := provedDespite(t, by, n, after)
					if !struck {
						t.Logf("%d calls, of which %d cost a new letter when lost", n-1, anew)
						if n < 4 {
							t.Error("hardly anything was tried")
						}
						if by == "link" && anew > 0 {
							t.Error("a link is used up by a write that a repeat finds: no new one is needed")
						}
						return
					}
					if again {
						anew++
					}
				}
			})
		}
	}
}

// provedDespite says whether the n-th call was reached, and whether a new letter
// was needed.
func provedDespite(t *testing.T, by string, n int, after bool) (struck, anew bool) {
	t.Helper()
	plan := &faults.Plan{Marked: true}
	mark := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r.WithContext(faults.Mark(r.Context()))) })
	}
	p := providertest.New(t, providertest.WithDatabase(faults.Database(memory.New(), plan)), providertest.WithMiddleware(mark),
		providertest.WithConfig(func(c *keywright.Config) {
			c.Authenticators = append(c.Authenticators, emailcode.New(emailcode.Options{}))
		}))
	app := p.Client(clientreg.Seed{FirstParty: true})
	mara := p.Person("mara@example.com", word)
	b := mara.Browser()
	b.Open(app.Authorize("openid").URL)
	b.Submit("ways", nil, "way="+emailcode.Method)
	at := b.Submit("emailcode", map[string]string{"email": mara.Email})
	prove := func() providertest.Landing {
		b.Return(at)
		if by == "link" {
			return b.Submit("emailcode-link", nil)
		}
		return b.Submit("code-form", map[string]string{"code": p.LastCode(mara.Email)})
	}
	if by == "link" {
		at = b.Open(p.LastLink(mara.Email))
	}
	plan.Arm(n, 1, after)
	landed := prove()
	struck = plan.Struck() != ""
	plan.Disarm()
	for try := 0; landed.Answer("code") == "" && try < 3; try++ {
		if landed.Status < 400 {
			t.Errorf("call %d: %q %d is neither signed in nor an error", n, landed.Page(), landed.Status)
		}
		if try == 1 {
			anew = true
			p.Advance(2 * time.Minute)
			p.ForgetMail()
			b.Return(at)
			b.Submit("again-form", nil, "again=1")
		}
		landed = prove()
	}
	if landed.Answer("code") == "" {
		t.Errorf("call %d: at last %q %d %s", n, landed.Page(), landed.Status, landed.Heading())
	}
	return struck, anew
}
