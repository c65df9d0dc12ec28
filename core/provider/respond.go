package provider

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// respondError turns what an endpoint returned into bytes, and logs it once.
// The unknown is internal: its text goes to the log only.
func (p *Provider) respondError(w http.ResponseWriter, r *http.Request, row route, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is listening
	}
	var toClient *core.OAuthError
	var toPerson *core.PageError
	switch {
	case errors.As(err, &toClient):
		p.logRefusal(r, row, string(toClient.Code), err)
	case errors.As(err, &toPerson):
		p.logRefusal(r, row, toPerson.Name, err)
	case errors.Is(err, core.ErrUnavailable):
		p.log.ErrorContext(r.Context(), "unavailable", logRequest(r, row), slog.Any("error", err))
		toClient, toPerson = core.Refuse(core.TemporarilyUnavailable, "try again"), core.PageAway
	default:
		p.log.ErrorContext(r.Context(), "internal error", logRequest(r, row), slog.Any("error", err))
		toClient, toPerson = core.Refuse(core.ServerError, "something went wrong on our side"), core.PageOurs
	}
	if row.audience == person {
		p.respondPageError(w, r, toPerson, toClient)
		return
	}
	if toClient == nil {
		toClient = core.Refuse(core.InvalidRequest, "the request could not be read")
	}
	p.respondOAuthError(w, r, row, toClient)
}

// status is computed from the code and the endpoint, in this one table.
func status(row route, code core.ErrorCode) int {
	switch code {
	case core.ServerError:
		return http.StatusInternalServerError
	case core.TemporarilyUnavailable:
		return http.StatusServiceUnavailable
	case core.SlowDown:
		return http.StatusTooManyRequests
	case core.InvalidClient, core.InvalidToken:
		return http.StatusUnauthorized
	case core.InsufficientScope:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// oauthErrorBody is the error response of RFC 6749 section 5.2.
type oauthErrorBody struct {
	Error       core.ErrorCode `json:"error"`
	Description string         `json:"error_description,omitempty"`
}

// respondOAuthError writes a JSON error; to who presents a token, with the
// challenge of RFC 6750 section 3.
func (p *Provider) respondOAuthError(w http.ResponseWriter, r *http.Request, row route, e *core.OAuthError) {
	h, code := w.Header(), status(row, e.Code)
	switch {
	case errors.Is(e, errPolledTooFast):
		code = http.StatusBadRequest // RFC 8628 section 3.5
	case row.audience == bearer && e.Code == core.InvalidRequest && r.Header.Get("Authorization") == "":
		h.Set("WWW-Authenticate", `Bearer`)
		code = http.StatusUnauthorized
	case row.audience == bearer:
		h.Set("WWW-Authenticate", `Bearer error="`+string(e.Code)+`", error_description="`+e.Description+`"`)
	case e.Code == core.InvalidClient && hasBasic(r):
		h.Set("WWW-Authenticate", `Basic realm="token", charset="UTF-8"`)
	}
	if row.audience == everyone {
		h["Access-Control-Expose-Headers"] = corsExposed
	}
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "2")
		}
	}
	var weak errTooWeak
	if errors.As(e, &weak) {
		p.respondJSON(w, r, code, stepUpBody{oauthErrorBody{e.Code, e.Description}, strings.Join(weak, " ")})
		return
	}
	p.respondJSON(w, r, code, oauthErrorBody{e.Code, e.Description})
}

// contentJSON is shared by all answers, and so never changed.
var contentJSON = []string{"application/json"}

// respondJSON writes one JSON object that no cache may keep.
func (p *Provider) respondJSON(w http.ResponseWriter, r *http.Request, code int, body any) {
	b, err := marshal(body)
	p.respondMarshalled(w, r, code, b, err)
}

// respondMarshalled is respondJSON for what was marshalled, or could not be.
func (p *Provider) respondMarshalled(w http.ResponseWriter, r *http.Request, code int, b []byte, err error) {
	if err != nil {
		p.log.ErrorContext(r.Context(), "answer could not be encoded", slog.Any("error", err))
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	web.NoStore(w.Header())
	w.Header()["Content-Type"] = contentJSON
	sized(w.Header(), len(b))
	w.WriteHeader(code)
	_, _ = w.Write(b) // the reader may have left
}

// sized sets the length of a body that net/http would otherwise send in chunks.
// Of shorter ones it says the length by itself, and one header less keeps the
// map of headers small: with more than eight it grows.
func sized(h http.Header, length int) {
	if length > 2<<10 {
		h["Content-Length"] = []string{strconv.Itoa(length)}
	}
}

// respondMethod answers a method that the row does not list.
func (p *Provider) respondMethod(w http.ResponseWriter, r *http.Request, row route) {
	if row.audience == person && wantsJSON(r) {
		page := core.PageAppRequest.Because(errors.New("method not allowed"))
		page.Status = http.StatusMethodNotAllowed
		p.respondPageError(w, r, page, nil)
		return
	}
	if row.audience == person {
		web.SecurePage(w.Header())
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	p.respondJSON(w, r, http.StatusMethodNotAllowed, oauthErrorBody{core.InvalidRequest, "this method is not allowed here"})
}

// secure sets the headers that every answer of the row carries.
func (p *Provider) secure(w http.ResponseWriter, _ *http.Request, row route) {
	web.Secure(w.Header(), strings.HasPrefix(p.origin, "https:"))
	if row.audience == person {
		web.SecurePage(w.Header())
	}
}

// recover turns a panic into the plain internal error and goes on serving.
func (p *Provider) recover(w http.ResponseWriter, r *http.Request, row route) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	p.log.ErrorContext(r.Context(), "panic", logRequest(r, row), slog.String("stack", string(debug.Stack())))
	w.Header().Set("Connection", "close")
	if row.audience == person {
		p.respondPageError(w, r, core.PageOurs, nil)
		return
	}
	p.respondOAuthError(w, r, row, core.Refuse(core.ServerError, "something went wrong on our side"))
}

func (p *Provider) logRefusal(r *http.Request, row route, name string, err error) {
	attrs := []any{logRequest(r, row), slog.String("code", name)}
	if cause := errors.Unwrap(err); cause != nil {
		attrs = append(attrs, slog.Any("cause", cause))
	}
	p.log.InfoContext(r.Context(), "refused", attrs...)
}

// logRequest names a request in the log: its number, method and the row's path,
// never what was in it.
func logRequest(r *http.Request, row route) slog.Attr {
	return slog.Group("request", slog.String("id", web.RequestID(r)), slog.String("method", r.Method), slog.String("path", row.path))
}

func hasBasic(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Basic")
}
