package strength

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPW04_score(t *testing.T) {
	for password, c := range map[string]struct {
		personal []string
		least    int
		most     int
	}{
		"":                               {nil, 0, 0},
		"password":                       {nil, 0, 0},
		"password123456789":              {nil, 0, 2},
		"qwertyuiopasdfghjkl":            {nil, 0, 2},
		"aaaaaaaaaaaaaaaaaaaa":           {nil, 0, 1},
		"anna.schmidt@example.com":       {[]string{"Anna Schmidt", "anna.schmidt@example.com"}, 0, 0},
		"lantern orbit velvet cascade":   {nil, 4, 4},
		"qwertyuiopqwertyuiopqwertyuiop": {nil, 0, 1},
		"lantern lantern lantern lant":   {nil, 0, 1},
		"1.1.2000-1.1.2000-1.1.2000-":    {nil, 0, 2},
		"J#4kq9!xV2m@pQz":                {nil, 4, 4},
		"Ünïcödé ist völlig in Ordnung ": {nil, 4, 4},
	} {
		if got := Score(password, c.personal...); got < c.least || got > c.most {
			t.Errorf("%q: %d", password, got)
		}
	}
}

func TestPW02_longPasswordsTakeBoundedTime(t *testing.T) {
	for name, password := range map[string]string{
		"long":                 strings.Repeat("aB3$é", 10000),
		"all lookalikes":       strings.Repeat(lookalikes, 10),
		"as many as are tried": strings.Repeat("1|!7@", 20),
		"others":               strings.Repeat("1|7[<", 20),
	} {
		start := time.Now()
		Score(password, strings.Repeat("word ", 1000))
		if took := time.Since(start); took > 2*time.Second { // measured: under 0.2 s
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestPW04_personal(t *testing.T) {
	words := []string{"Anna Schmidt", "anna.schmidt@example.com", "Keywright", "Al"}
	for password, want := range map[string]bool{
		"anna.schmidt@example.com":     true,
		"ANNA.SCHMIDT@EXAMPLE.COM!!":   true,
		"annaschmidt1234":              true,
		"SchmidtAnna2024":              true,
		"keywright-anna":               true,
		"lantern orbit velvet anna":    false,
		"al al al al al al":            false,
		"1234567":                      false,
		"":                             false,
		"lantern orbit velvet cascade": false,
	} {
		if got := Personal(password, words...); got != want {
			t.Errorf("%q: %v", password, got)
		}
	}
	if Personal("anything", "", "   ", "...") {
		t.Error("empty words are not personal")
	}
}

func TestScoreRunsConcurrently(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { Score("lantern orbit velvet", "Anna") })
	}
	all.Wait()
}

func FuzzScore(f *testing.F) {
	f.Add("password", "anna@example.com")
	f.Add("\xff\x00é", "\xff")
	f.Add("1.1.2000 p4ssw0rd qwerty", "")
	f.Fuzz(func(t *testing.T, password, personal string) {
		if got := Score(password, personal); got < 0 || got > 4 {
			t.Fatalf("score %d", got)
		}
		Personal(password, personal)
	})
}
