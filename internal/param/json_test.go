package param

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestHTP04_JSONIsOneFlatObjectOfStrings(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"empty":           {`{}`, nil},
		"strings":         {` {"password": "sieben Züge", "csrf":"x"} `, nil},
		"escapes":         {`{"password":"\u00e9\ud83d\ude00"}`, nil},
		"nothing":         {``, ErrJSON},
		"a list":          {`["a"]`, ErrJSON},
		"a string":        {`"a"`, ErrJSON},
		"a number":        {`{"password":1}`, ErrJSON},
		"a boolean":       {`{"remember":true}`, ErrJSON},
		"null":            {`{"password":null}`, ErrJSON},
		"nested":          {`{"password":{"$ne":""}}`, ErrJSON},
		"deep":            {`{"a":` + strings.Repeat("[", 20000), ErrJSON},
		"trailing":        {`{} x`, ErrJSON},
		"two documents":   {`{"a":"b"}{"a":"b"}`, ErrJSON},
		"cut short":       {`{"a":"b"`, ErrJSON},
		"a comma more":    {`{"a":"b",}`, ErrJSON},
		"single quotes":   {`{'a':'b'}`, ErrJSON},
		"not UTF-8":       {"{\"a\":\"\xff\"}", ErrUTF8},
		"half surrogate":  {`{"a":"\ud800"}`, ErrUTF8},
		"a NUL":           {`{"a":"\u0000"}`, ErrControl},
		"a control":       {"{\"a\":\"\\n\"}", ErrControl},
		"a long name":     {`{"` + strings.Repeat("n", 129) + `":""}`, ErrNameTooLong},
		"a long value":    {`{"a":"` + strings.Repeat("v", 33<<10) + `"}`, ErrValueTooLong},
		"too many":        {`{"a":""` + strings.Repeat(`,"a":""`, 100) + `}`, ErrTooMany},
		"larger than all": {`{"a":"` + strings.Repeat("v", 64<<10) + `"}`, ErrTooLarge},
	} {
		_, err := ParseJSON(post(strings.NewReader(c.body), jsonType), Limits{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	v, err := ParseJSON(post(strings.NewReader(`{"a":"1","b":"2","a":"3"}`), jsonType), Limits{})
	if _, twice := v.One("a"); err != nil || !errors.Is(twice, ErrRepeated) || v.Get("b") != "2" {
		t.Errorf("a member named twice: %v, %v", err, twice)
	}
}

func TestCSR17_TheContentTypeDecides(t *testing.T) {
	body := func() *strings.Reader { return strings.NewReader(`{"a":"b"}`) }
	for contentType, want := range map[string]error{
		jsonType: nil, jsonType + "; charset=utf-8": nil,
		"": ErrMediaType, "text/plain": ErrMediaType, "application/json; charset=utf-16": ErrMediaType,
		"application/problem+json": ErrMediaType, "text/json": ErrMediaType,
	} {
		if _, err := ParsePosted(post(body(), contentType), Limits{}); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", contentType, err, want)
		}
	}
	if v, err := ParsePosted(post(strings.NewReader("a=b"), formType), Limits{}); err != nil || v.Get("a") != "b" {
		t.Errorf("a form: %v", err)
	}
	gzip := post(body(), jsonType)
	gzip.Header.Set("Content-Encoding", "gzip")
	if _, err := ParseJSON(gzip, Limits{}); !errors.Is(err, ErrContentEncoding) { // HTP05
		t.Errorf("gzip: %v", err)
	}
	get := post(body(), jsonType)
	get.Method = http.MethodGet
	if _, err := ParseJSON(get, Limits{}); !errors.Is(err, ErrMethod) {
		t.Errorf("GET: %v", err)
	}
}

// What is read is what encoding/json reads, but for what is refused.
func FuzzParseJSON(f *testing.F) {
	f.Add(`{"csrf":"x","password":"sieben Z\u00fcge"}`)
	f.Add(`{"a":"1","a":"2"}`)
	f.Add(`{"a":{"b":[1]}} {}`)
	f.Fuzz(func(t *testing.T, body string) {
		v, err := ParseJSON(post(strings.NewReader(body), jsonType), Limits{})
		if err != nil {
			return
		}
		var plain map[string]string
		if err := json.Unmarshal([]byte(body), &plain); err != nil {
			t.Fatalf("%q was read as %d members, and is no object of strings: %v", body, v.Len(), err)
		}
		for name, value := range v.Pairs() {
			if _, twice := v.One(name); twice == nil && plain[name] != value {
				t.Errorf("%q: %q is %q, not %q", body, name, value, plain[name])
			}
		}
	})
}
