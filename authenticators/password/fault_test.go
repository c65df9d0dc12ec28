package password

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// Whatever call fails, the answer is that failure: never "wrong password", never
// "no account", and no letter.
func TestFaults_everyCallFailing(t *testing.T) {
	for name, prepare := range map[string]func(w *world) core.Turn{
		"sign in": func(w *world) core.Turn {
			turn := w.turn(core.TurnSignIn, StepPassword, "password", good)
			turn.Identifier = mara
			return turn
		},
		"sign up": func(w *world) core.Turn {
			return w.turn(core.TurnSignIn, StepSignUp, "name", "New", "email", "new@example.com", "password", good)
		},
		"code": func(w *world) core.Turn {
			w.signUp("new@example.com")
			return w.turn(core.TurnSignIn, StepCode, "code", w.lastLetter().Code)
		},
		"again": func(w *world) core.Turn {
			w.signUp("new@example.com")
			w.at = w.at.Add(time.Minute)
			return w.turn(core.TurnSignIn, StepCode, "again", "1")
		},
		"reset": func(w *world) core.Turn { return w.turn(core.TurnSignIn, StepReset, "email", mara) },
		"link": func(w *world) core.Turn {
			id := w.add("link@example.com", func(a *core.Account) { a.EmailVerified = false })
			w.askReset("link@example.com")
			turn := w.follow(id, w.onlyTicket(), "password", another)
			turn.Account = core.Account{}
			return turn
		},
		"verify": func(w *world) core.Turn {
			id := w.add("verify@example.com", func(a *core.Account) { a.EmailVerified = false })
			w.begin(w.verifyTurn(id))
			return w.verifyTurn(id, "code", w.lastLetter().Code)
		},
		"change": func(w *world) core.Turn {
			return w.changeTurn(w.add("change@example.com", nil), "current", good, "password", another)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cheap())
			w.add(mara, nil)
			turn := prepare(w)
			for failAt := 1; ; failAt++ {
				w.calls, w.failAt, w.windows = nil, failAt, map[string]window{}
				reply, err := w.a.Continue(t.Context(), turn)
				if len(w.calls) < failAt || w.calls[failAt-1] == "link" {
					if err != nil || problems(reply) != nil {
						t.Errorf("without a failure: %v, %v", err, problems(reply))
					}
					if failAt < 3 {
						t.Errorf("only %d calls failed", failAt-1)
					}
					return
				}
				if !errors.Is(err, core.ErrUnavailable) || reply != nil && problems(reply) != nil {
					t.Errorf("call %d, %s: %v, %v", failAt, w.calls[failAt-1], err, problems(reply))
				}
			}
		})
	}
}

func TestNotes_damaged(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.notes = []byte("{")
	for _, turn := range []core.Turn{w.turn(core.TurnSignIn, StepSignUp), w.turn(core.TurnSignIn, StepCode), w.verifyTurn(id)} {
		if _, err := w.a.Begin(t.Context(), turn); err == nil {
			t.Errorf("%s: no error", turn.Step)
		}
	}
}

// Every secret that passes through has a mark; none may come out on a page, in an
// event, in an error or in the log.
func TestThreat_LEA01_canaries(t *testing.T) {
	const mark, fresh = "canary velvet orbit lantern", "canary marble canyon drizzle"
	o := cheap()
	o.Breach = fakeBreach{err: errors.New("disk gone")}
	w := newWorld(t, o)
	var log bytes.Buffer
	if err := w.a.Start(core.Tools{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}); err != nil {
		t.Fatal(err)
	}
	w.post(w.turn(core.TurnSignIn, StepSignUp, "name", "Mara", "email", "mara", "password", mark))
	w.post(w.turn(core.TurnSignIn, StepSignUp, "name", "Mara", "email", mara, "password", mark))
	code := w.lastLetter().Code
	w.code(wrong(code))
	id := wantIs[core.Enrolled](t, w.code(code)).Change.Account.ID
	w.signIn(mara, fresh)
	w.signIn("unknown@example.com", mark)
	wantIs[core.Authenticated](t, w.signIn(mara, mark))
	w.askReset(mara)
	link := w.lastLetter().Link
	w.post(w.follow(id, w.onlyTicket(), "password", mark, "end_sessions", "1"))
	w.post(w.changeTurn(id, "current", fresh, "password", mark))
	wantIs[core.Enrolled](t, w.post(w.changeTurn(id, "current", mark, "password", fresh)))
	c := w.credentials[credentialKey(id)]
	hash := string(c.Secret)
	c.Secret = []byte(hash + "$")
	w.credentials[credentialKey(id)] = c
	wantProblem(t, w.signIn(mara, fresh), "password_wrong") // PWD15, logged
	if !strings.Contains(log.String(), "not understood") {
		t.Error("the damaged hash was not logged")
	}
	told := log.String() + fmt.Sprintf("%+v", w.told)
	for _, secret := range []string{"canary", code, link, hash, "$argon2id$"} {
		if strings.Contains(told, secret) {
			t.Errorf("%q came out", secret)
		}
	}
}
