package param

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func post(body io.Reader, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/token", body)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestTK01_OnlyFormsAreRead(t *testing.T) { // TOK09, HTP03, HTP11
	for contentType, want := range map[string]error{
		formType:                            nil,
		formType + ";charset=utf-8":         nil,
		formType + "; charset=\"UTF-8\"":    nil,
		"Application/X-WWW-Form-Urlencoded": nil,
		"":                                  ErrMediaType,
		"application/json":                  ErrMediaType,
		"multipart/form-data; boundary=x":   ErrMediaType,
		"text/plain":                        ErrMediaType,
		formType + "; charset=utf-7":        ErrMediaType,
		formType + "; charset=utf-16":       ErrMediaType,
		formType + "; charset=":             ErrMediaType,
		formType + "; boundary=x":           ErrMediaType,
		formType + "; charset=utf-8; x=y":   ErrMediaType,
		formType + ", application/json":     ErrMediaType,
		formType + strings.Repeat(";", 200): ErrMediaType,
	} {
		v, err := ParseForm(post(strings.NewReader("code=x"), contentType), Limits{})
		if !errors.Is(err, want) || (err == nil) != (v.Get("code") == "x") {
			t.Errorf("%q: %v, want %v", contentType, err, want)
		}
	}
	twice := post(strings.NewReader("a=b"), formType)
	twice.Header.Add("Content-Type", formType)
	if _, err := ParseForm(twice, Limits{}); !errors.Is(err, ErrMediaType) {
		t.Errorf("two content types: %v", err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead, "post"} {
		r := post(strings.NewReader("a=b"), formType)
		r.Method = method
		if _, err := ParseForm(r, Limits{}); !errors.Is(err, ErrMethod) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestTK02_TheQueryIsNotHonoured(t *testing.T) { // TOK10, AUT17
	r := post(strings.NewReader("code=body"), formType)
	r.URL.RawQuery = "client_secret=canary&code=query"
	_, err := ParseForm(r, Limits{})
	if !errors.Is(err, ErrQuery) || strings.Contains(err.Error(), "canary") {
		t.Errorf("refused with %v", err)
	}
	v, err := ParseForm(r, Limits{QueryIgnored: true})
	if err != nil || v.Len() != 1 || v.Get("code") != "body" {
		t.Errorf("query ignored: %v, %v", v, err)
	}
	if r.Form != nil || r.PostForm != nil {
		t.Error("the request was parsed by net/http")
	}
}

func TestThreat_HTP05_ContentCodingsAreRefused(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br", "identity", ""} {
		r := post(strings.NewReader("a=b"), formType)
		r.Header.Set("Content-Encoding", coding)
		if _, err := ParseForm(r, Limits{}); !errors.Is(err, ErrContentEncoding) {
			t.Errorf("%q: %v", coding, err)
		}
	}
}

// endless counts what is read of a body that has no end.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	e.read += len(b)
	return len(b), nil
}

func TestThreat_HTP02_BodiesAreBounded(t *testing.T) {
	body := &endless{}
	if _, err := ParseForm(post(body, formType), Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an endless body: %v", err)
	}
	if body.read > 64<<10+1 {
		t.Errorf("%d bytes were read", body.read)
	}
	declared := post(&endless{}, formType)
	declared.ContentLength = 10 << 20
	if _, err := ParseForm(declared, Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("10 MiB declared: %v", err)
	}
	for n, want := range map[int]error{3: nil, 4: nil, 5: ErrTooLarge} {
		if _, err := ParseForm(post(strings.NewReader("a=bcdefgh"[:n]), formType), Limits{Bytes: 4}); !errors.Is(err, want) {
			t.Errorf("%d of 4 bytes: %v", n, err)
		}
	}
	r := post(strings.NewReader("a="+strings.Repeat("x", 100)), formType)
	r.Body = http.MaxBytesReader(nil, r.Body, 50)
	if _, err := ParseForm(r, Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a limit of the server: %v", err)
	}
}

func TestABrokenBodyIsNotAShortOne(t *testing.T) {
	broken := errors.New("connection reset, canary")
	for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
		body := io.MultiReader(strings.NewReader("code=half"), iotest.ErrReader(cause))
		_, err := ParseForm(post(body, formType), Limits{})
		if !errors.Is(err, ErrBody) || !errors.Is(err, cause) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
	}
	one := iotest.OneByteReader(strings.NewReader("a=1&b=%32"))
	if v, err := ParseForm(post(one, formType), Limits{}); err != nil || v.Get("b") != "2" {
		t.Errorf("byte by byte: %v", err)
	}
	r := post(nil, formType)
	r.Body = nil
	if v, err := ParseForm(r, Limits{}); err != nil || v.Len() != 0 {
		t.Errorf("no body: %v", err)
	}
}

func TestFormsDoNotShareMemory(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		want := strings.Repeat(string(rune('a'+i)), 500*(i+1)*(i+1))
		wg.Go(func() {
			for range 50 {
				v, err := ParseForm(post(strings.NewReader("x="+want), formType), Limits{})
				w, _ := ParseForm(post(strings.NewReader("x=other&y=%20"), formType), Limits{})
				if err != nil || v.Get("x") != want || w.Get("x") != "other" {
					t.Error("a form changed under its reader")
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParseForm(f *testing.F) {
	f.Add("grant_type=authorization_code&code=x", formType)
	f.Add("%", "application/json")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		v, err := ParseForm(post(strings.NewReader(body), contentType), Limits{})
		if err != nil {
			return
		}
		if w, err := ParseQuery(body, Limits{}); err != nil || w.Len() != v.Len() {
			t.Errorf("%q: as a query %v, %v", body, w, err)
		}
	})
}

const tokenRequest = "grant_type=authorization_code&code=kw_ac_AAAAAQECAwAAAAAAAAAAAAAAAAAAAAEAAAAABwkIBwAAAAAAAAAAAAAAAACNtUeZ2y" +
	"&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&client_id=demo&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func BenchmarkParseForm(b *testing.B) {
	body := strings.NewReader("")
	r := post(nil, formType)
	r.Body = io.NopCloser(body)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(tokenRequest)
		v, err := ParseForm(r, Limits{})
		if err != nil || v.Get("grant_type") == "" || v.Repeated() != nil {
			b.Fatal(err)
		}
	}
}
