package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/keywright/keywright/internal/fetch"
)

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 64 << 10

// Why nobody was signed in. What wraps them says more, for the log alone.
var (
	errAway   = errors.New("the provider does not answer")          // slow, dead, an error of its own: worth another try
	errBroken = errors.New("the provider's answer makes no sense")  // not what its protocol says
	errLie    = errors.New("the provider's answer is not believed") // a check of ours failed
)

// getJSON reads one JSON document of another provider.
func (s *site) getJSON(ctx context.Context, url, bearer string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: its address cannot be asked", errBroken)
	}
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := s.http.Do(req)
	if err != nil {
		return nil, unanswered(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); {
	case err != nil:
		return nil, unanswered(err)
	case answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests:
		return nil, fmt.Errorf("%w: status %d", errAway, answer.StatusCode)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: status %d", errBroken, answer.StatusCode)
	case kind != "application/json" && kind != "application/jwk-set+json":
		return nil, fmt.Errorf("%w: not JSON by its type", errBroken)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%w: longer than %d bytes", errBroken, maxAnswer)
	}
	return body, nil
}

// unanswered says what a request without an answer means: nobody is there, or somebody who is not asked again in vain.
func unanswered(err error) error {
	for _, refused := range []error{fetch.ErrTooLarge, fetch.ErrRedirect, fetch.ErrEncoded, fetch.ErrRefused, fetch.ErrCertificate} {
		if errors.Is(err, refused) {
			return fmt.Errorf("%w: %w", errBroken, refused)
		}
	}
	return fmt.Errorf("%w: %w", errAway, err)
}
