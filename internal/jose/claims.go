package jose

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// MaxSkew is how far the clocks of two parties may differ (requirement JO-06).
const MaxSkew = 60 * time.Second

// lastSecond is the end of the year 9999, the last that RFC 3339 and databases can write.
const lastSecond = 253402300799

// NumericDate is an instant of a JWT in whole seconds since 1970 (RFC 7519 section 2). Zero means absent. Decoding
// takes JSON numbers only, drops fractions, and refuses what is negative or after the year 9999.
type NumericDate int64

// Time is the instant in UTC; the zero date gives the zero time.
func (d NumericDate) Time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d), 0).UTC()
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *NumericDate) UnmarshalJSON(raw []byte) error {
	seconds, err := strconv.ParseFloat(string(raw), 64) // JSON has no hexadecimal, no Inf: the decoder saw to that
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > lastSecond {
		return fmt.Errorf("%w: not a date", ErrMalformed)
	}
	*d = NumericDate(seconds)
	return nil
}

// Times are the claims that say when a JWT is valid (RFC 7519 sections 4.1.4 to 4.1.6). Embed them in a claims struct.
type Times struct {
	Expires   NumericDate `json:"exp,omitempty"`
	NotBefore NumericDate `json:"nbf,omitempty"`
	IssuedAt  NumericDate `json:"iat,omitempty"`
}

// Check reports whether the times allow use at now. exp is required; it may have passed, and nbf and iat may lie ahead, by up to
// skew, which is cut to MaxSkew. The error tells which claim it was.
func (t Times) Check(now time.Time, skew time.Duration) error {
	skew = min(max(skew, 0), MaxSkew)
	switch {
	case t.Expires == 0:
		return fmt.Errorf("%w: exp is missing", ErrTime)
	case !now.Before(t.Expires.Time().Add(skew)):
		return fmt.Errorf("%w: exp has passed", ErrTime)
	case t.NotBefore != 0 && now.Add(skew).Before(t.NotBefore.Time()):
		return fmt.Errorf("%w: nbf lies ahead", ErrTime)
	case t.IssuedAt != 0 && now.Add(skew).Before(t.IssuedAt.Time()):
		return fmt.Errorf("%w: iat lies ahead", ErrTime)
	}
	return nil
}

// Audience is the aud claim: one string or a list of them (RFC 7519 section 4.1.3). Decoding refuses an empty list, an
// empty string and anything that is not a string.
type Audience []string

// Contains reports whether one entry is exactly this value.
func (a Audience) Contains(value string) bool { return slices.Contains(a, value) }

// UnmarshalJSON implements json.Unmarshaler.
func (a *Audience) UnmarshalJSON(raw []byte) error {
	var list []*string
	if len(raw) > 0 && raw[0] == '"' {
		list = make([]*string, 1)
		if json.Unmarshal(raw, &list[0]) != nil {
			return fmt.Errorf("%w: aud", ErrMalformed)
		}
	} else if json.Unmarshal(raw, &list) != nil {
		return fmt.Errorf("%w: aud", ErrMalformed)
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: aud", ErrMalformed)
	}
	values := make(Audience, len(list))
	for i, entry := range list {
		if entry == nil || *entry == "" {
			return fmt.Errorf("%w: aud", ErrMalformed)
		}
		values[i] = *entry
	}
	*a = values
	return nil
}

// MarshalJSON implements json.Marshaler: one entry is written as a string, which every reader understands.
func (a Audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}
