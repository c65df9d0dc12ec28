package dialogue

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What differs from run to run, and what stands there instead.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*`), "JWT…"},
	{regexp.MustCompile(`kw_([a-z]{2,3})_[A-Za-z0-9_-]{8,}(\.kw_[a-z]{2,3}_[A-Za-z0-9_-]{8,})*`), "kw_${1}_…"},
	{regexp.MustCompile(`__Host-kw_([bs])_[0-9a-f]{8}`), "__Host-kw_${1}_…"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "…"},
	{regexp.MustCompile(`req-[A-Z2-7]{13}`), "req-…"},
	{regexp.MustCompile(`("(?:kid|jti|sid|at_hash|x|y|n)": ?)"[^"]+"`), `${1}"…"`},
}

var instants = regexp.MustCompile(`("(?:iat|exp|nbf|auth_time|updated_at)": )(\d+)`)

// masker makes answers the same in every run.
type masker struct {
	began time.Time
	known map[string]string // captured, by name
}

// learn gives a value a name. What comes a second time is shown by the name it
// had, so that a reader sees that it is the same.
func (m masker) learn(name, value string) {
	for other, known := range m.known {
		if known == value && other != name {
			return
		}
	}
	m.known[name] = value
}

func (m masker) mask(text string) string {
	for _, name := range m.longestFirst() {
		value := m.known[name]
		text = strings.ReplaceAll(text, value, "{"+name+"}")
		text = strings.ReplaceAll(text, url.QueryEscape(value), "{"+name+"}")
	}
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return instants.ReplaceAllStringFunc(text, func(found string) string {
		parts := instants.FindStringSubmatch(found)
		seconds, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return found
		}
		return fmt.Sprintf("%sstart%+ds", parts[1], seconds-m.began.Unix())
	})
}

// longestFirst names what is worth showing by name: short values stand in
// texts by chance.
func (m masker) longestFirst() []string {
	var names []string
	for name, value := range m.known {
		if len(value) >= 8 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := len(m.known[b]) - len(m.known[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}
