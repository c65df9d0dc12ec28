package jose

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

type testClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience Audience `json:"aud"`
	Times
}

func TestJO05_strictClaims(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		want    error
	}{
		"good":                {` {"iss":"a","sub":"b","aud":"c","exp":1,"x":{"y":[{},[],"\"}",-1.5e3,true,null]}} `, nil},
		"empty object":        {`{}`, nil},
		"repeated":            {`{"iss":"a","iss":"b"}`, ErrMalformed},
		"repeated, escaped":   {`{"iss":"a","\u0069ss":"b"}`, ErrMalformed},
		"repeated deep down":  {`{"x":[{"y":{"a":1,"a":2}}]}`, ErrMalformed},
		"same name elsewhere": {`{"x":{"a":1},"y":{"a":2}}`, nil},
		"case":                {`{"ISS":"a"}`, ErrMalformed},
		"case, embedded":      {`{"Exp":1}`, ErrMalformed},
		"case, Kelvin sign":   {"{\"i\u017f\u017f\":\"a\"}", ErrMalformed},
		"trailing object":     {`{}{}`, ErrMalformed},
		"trailing text":       {`{}x`, ErrMalformed},
		"list":                {`[]`, ErrMalformed},
		"string":              {`"{}"`, ErrMalformed},
		"null":                {`null`, ErrMalformed},
		"empty":               {``, ErrMalformed},
		"BOM":                 {"\xef\xbb\xbf{}", ErrMalformed},
		"bad UTF-8":           {"{\"iss\":\"\xff\"}", ErrMalformed},
		"cut":                 {`{"iss":"a`, ErrMalformed},
		"iss a number":        {`{"iss":1}`, ErrMalformed},
		"sub a list":          {`{"sub":["a"]}`, ErrMalformed},
		"depth within":        {`{"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`, nil},
		"too deep":            {`{"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, ErrMalformed},
		"far too deep":        {strings.Repeat(`{"a":`, 3000), ErrMalformed},
		"brackets in text":    {`{"x":"` + strings.Repeat("[", 500) + `"}`, nil},
		"too long":            {`{"x":"` + strings.Repeat("a", 16<<10) + `"}`, ErrTooLarge},
	} {
		var claims testClaims
		if err := StrictClaims([]byte(c.payload), &claims); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	var anything map[string]any
	if err := StrictClaims([]byte(`{"ISS":1,"iss":2}`), &anything); err != nil || len(anything) != 2 {
		t.Errorf("map: %v", err)
	}
}

func TestThreat_JWT09_dates(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := now.Unix()
	for name, c := range map[string]struct {
		claims string
		want   error
	}{
		"good":             {fmt.Sprintf(`{"exp":%d,"iat":%d,"nbf":%d}`, at+1, at, at), nil},
		"float":            {fmt.Sprintf(`{"exp":%d.75}`, at+1), nil},
		"exponent":         {`{"exp":1.9e9}`, nil},
		"nbf zero":         {fmt.Sprintf(`{"exp":%d,"nbf":0}`, at+1), nil},
		"within skew":      {fmt.Sprintf(`{"exp":%d,"iat":%d,"nbf":%d}`, at-59, at+60, at+60), nil},
		"expired":          {fmt.Sprintf(`{"exp":%d}`, at-60), ErrTime},
		"exp missing":      {`{}`, ErrTime},
		"exp zero":         {`{"exp":0}`, ErrTime},
		"nbf ahead":        {fmt.Sprintf(`{"exp":%d,"nbf":%d}`, at+999, at+61), ErrTime},
		"iat ahead":        {fmt.Sprintf(`{"exp":%d,"iat":%d}`, at+999, at+61), ErrTime},
		"string":           {`{"exp":"1900000000"}`, ErrMalformed},
		"null":             {`{"exp":null}`, ErrMalformed},
		"true":             {`{"exp":true}`, ErrMalformed},
		"list":             {`{"exp":[1]}`, ErrMalformed},
		"overflow":         {`{"exp":1e400}`, ErrMalformed},
		"after int64":      {`{"exp":1e30}`, ErrMalformed},
		"in milliseconds":  {fmt.Sprintf(`{"exp":%d000000}`, at), ErrMalformed},
		"year 10000":       {`{"exp":253402300800}`, ErrMalformed},
		"negative":         {`{"exp":-1}`, ErrMalformed},
		"negative in iat":  {`{"exp":1900000000,"iat":-1e308}`, ErrMalformed},
		"year 9999 in iat": {`{"exp":253402300799,"iat":253402300799}`, ErrTime},
	} {
		var times Times
		err := StrictClaims([]byte(c.claims), &times)
		if err == nil {
			err = times.Check(now, time.Hour) // cut to a minute (JO-06)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got := NumericDate(now.Unix()).Time(); !got.Equal(now) || !NumericDate(0).Time().IsZero() {
		t.Errorf("round trip: %v", got)
	}
	if b, _ := json.Marshal(Times{Expires: NumericDate(now.Unix())}); string(b) != `{"exp":1800000000}` {
		t.Errorf("marshalled: %s", b)
	}
}

func TestThreat_JWT07_audience(t *testing.T) {
	for raw, want := range map[string]string{
		`"a"`: "a", `["a"]`: "a", `["a","b"]`: "a b",
		`[]`: "!", `""`: "!", `["a",""]`: "!", `["a",1]`: "!", `[null]`: "!", `null`: "!", `1`: "!", `{"a":1}`: "!", `[["a"]]`: "!",
	} {
		var claims testClaims
		err := StrictClaims([]byte(`{"aud":`+raw+`}`), &claims)
		if got := strings.Join(claims.Audience, " "); (want == "!") != (err != nil) || (err == nil && got != want) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	a := Audience{"https://api.example"}
	if !a.Contains("https://api.example") || a.Contains("https://api.example/") || a.Contains("https://API.example") || a.Contains("api") {
		t.Error("Contains is not exact")
	}
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(Audience{"a", "b"})
	if string(one) != `"https://api.example"` || string(two) != `["a","b"]` {
		t.Errorf("marshalled: %s %s", one, two)
	}
}

func FuzzStrictClaims(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\\\""}],"c":null}`))
	f.Add([]byte(`{"a":{},"a":{}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var into map[string]any
		if err := StrictClaims(payload, &into); err == nil && !json.Valid(payload) {
			t.Fatalf("accepted %q", payload)
		}
	})
}
