package provider

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/shortcode"
)

// Numbers of mailed codes (requirement MF-03).
const (
	mailedDigits = 6
	mailedTries  = 5
)

// mailedCode is what is kept of a code. The zero Hash is one that nobody was sent:
// it never fits.
type mailedCode struct {
	Hash  core.Hash `json:"hash,omitzero"`
	Key   core.ID   `json:"key"` // what its tries are counted under
	At    time.Time `json:"at"`
	Tries int       `json:"tries,omitempty"`
}

// sendCode draws a code, bound to the interaction and to what it proves.
func sendCode(t core.Turn, about string) (code string, sent mailedCode) {
	code = shortcode.Draw(mailedDigits)
	return code, mailedCode{Hash: mailedHashes(t, about, code)[0], Key: core.NewID(t.At), At: t.At}
}

func mailedHashes(t core.Turn, about, code string) []core.Hash {
	return t.Hash("account code", t.Interaction.String(), about, code)
}

func (p *Provider) codeLetter(t core.Turn, to, code string) core.Letter {
	return core.Letter{Name: "code", To: to, Locales: t.Locales, Brand: t.Brand, Code: code, Lifetime: p.Lifetimes.MailCode}
}

// tryMailed compares what was typed with a code that was mailed; nil if it fits.
// The try is counted before it is compared.
func (p *Provider) tryMailed(ctx context.Context, t core.Turn, field string, sent *mailedCode, about string) (*core.Problem, error) {
	problem := func(id string) *core.Problem { return &core.Problem{Field: field, ID: id} }
	code, empty, ok := shortcode.Parse(t.Form.Get(field), mailedDigits)
	switch {
	case empty:
		return problem("code_empty"), nil
	case !ok:
		return problem("code_format"), nil
	case !t.At.Before(sent.At.Add(p.Lifetimes.MailCode)):
		return problem("code_old"), nil
	case sent.Tries >= mailedTries:
		return problem("code_tries"), nil
	}
	wait, err := t.Wait(ctx, core.NamedLimit{Parts: []string{"account code", sent.Key.String()}, Max: mailedTries, Window: 15 * time.Minute})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return problem("code_tries"), nil
	}
	if sent.Hash.In(mailedHashes(t, about, code)) {
		return nil, nil
	}
	if sent.Tries++; sent.Tries >= mailedTries {
		return problem("code_tries"), nil
	}
	wrong := problem("code_wrong")
	wrong.Args = map[string]any{"n": mailedTries - sent.Tries}
	return wrong, nil
}
