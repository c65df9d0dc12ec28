package cimd

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// freshFor reads how long an answer may be used without asking again: the part
// of RFC 9111 sections 4.2 and 5.2.2 that matters here, within the operator's
// clamps.
func freshFor(h http.Header, o *Options) time.Duration {
	life, said := lifetime(h)
	if !said {
		return o.Fresh
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		life -= time.Duration(age) * time.Second
	}
	return min(max(life, o.MinFresh), o.MaxFresh)
}

func lifetime(h http.Header) (life time.Duration, said bool) {
	for _, line := range h.Values("Cache-Control") {
		for one := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(one)), "=")
			switch name {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
				if err != nil {
					return 0, true // what is not understood is stale
				}
				life, said = time.Duration(seconds)*time.Second, true
			}
		}
	}
	if said || h.Get("Expires") == "" {
		return life, said
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	date, errDate := http.ParseTime(h.Get("Date"))
	if err != nil || errDate != nil {
		return 0, true
	}
	return expires.Sub(date), true
}
