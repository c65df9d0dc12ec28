package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Client fetches from addresses that nobody vouches for. It is safe for use by many goroutines. Make it with New.
type Client struct {
	http  *http.Client
	guard *guard
}

// Response is an answer, read to its end. Any status but a redirect is returned; the caller judges it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// New makes a client. One per process is enough.
func New(options Options) *Client {
	g := newGuard(options.withDefaults())
	return &Client{
		guard: g,
		http: &http.Client{
			Transport:     g,
			Timeout:       g.options.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect }, // the guard answers first
		},
	}
}

// HTTPClient is the same client for libraries that want an *http.Client: same checks, same limits, same errors, wrapped by
// net/http with the URL that was asked for. A body longer than MaxBytes fails with ErrTooLarge while it is read.
func (c *Client) HTTPClient() *http.Client { return c.http }

// Close ends idle connections. Requests under way go on.
func (c *Client) Close() { c.guard.transport.CloseIdleConnections() }

// Get fetches a URL. accept is the Accept header, or empty.
func (c *Client) Get(ctx context.Context, url, accept string) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Response{}, ErrRefused
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return c.Do(req)
}

// Post sends a body to a URL.
func (c *Client) Post(ctx context.Context, url, contentType string, body []byte) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Response{}, ErrRefused
	}
	req.Header.Set("Content-Type", contentType)
	return c.Do(req)
}

// Do sends a request made by the caller, for one that needs other headers, such as a conditional GET. The error is one of
// this package's, without the URL; if the caller's context ended, errors.Is finds its error too.
func (c *Client) Do(req *http.Request) (Response, error) {
	answer, err := c.http.Do(req)
	if err != nil {
		return Response{}, sanitise(req.Context(), err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Response{}, sanitise(req.Context(), err)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}
