package resource

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Defaults of Introspection.
const (
	defaultBelieved = 30 * time.Second
	negativeFor     = 5 * time.Second
	defaultEntries  = 10_000
	maxFlights      = 512 // questions under way at a time
)

// inquiries asks one issuer about opaque tokens, and keeps the answers for a short time, by the hash of the whole token. An answer is
// what the issuer said; whether it is enough is judged at each request.
type inquiries struct {
	resource *Resource
	issuer   *issuer
	settings Introspection

	mu      sync.Mutex
	active  *answers
	dead    *answers // apart, so that guesses do not push out what counts
	flights map[[32]byte]*inquiryFlight
}

// inquiry is one answer.
type inquiry struct {
	key  [32]byte
	said *claims // nil: not active
	doc  []byte
	till time.Time
}

// inquiryFlight is a question under way. answer and failed are set before done is closed.
type inquiryFlight struct {
	done   chan struct{}
	answer *inquiry
	failed error
}

func newInquiries(s *Resource, i *issuer, settings Introspection) *inquiries {
	if settings.For == 0 {
		settings.For = defaultBelieved
	}
	if settings.Entries <= 0 {
		settings.Entries = defaultEntries
	}
	return &inquiries{
		resource: s, issuer: i, settings: settings, flights: map[[32]byte]*inquiryFlight{},
		active: newAnswers(settings.Entries), dead: newAnswers(max(settings.Entries/10, 1)),
	}
}

func (q *inquiries) check(ctx context.Context, token string) (*Token, error) {
	answer, err := q.about(ctx, token)
	if err != nil {
		return nil, unavailable(err)
	}
	c := answer.said
	if c == nil {
		return nil, invalidToken(errInactive)
	}
	if err := q.resource.checkSaid(c, q.issuer.url); err != nil {
		return nil, invalidToken(err)
	}
	t := q.resource.token(c, answer.doc)
	t.Issuer = q.issuer.url
	return t, nil
}

// checkSaid is checkClaims for what need not say all: the issuer has already judged the time, and is known.
func (s *Resource) checkSaid(c *claims, issuer string) error {
	switch {
	case c.issuer != "" && c.issuer != issuer:
		return errIssuer
	case c.subject == "" && c.client == "":
		return errMissing
	case !c.audience.Contains(s.options.Resource): // also refuses refresh tokens, which have none
		return errAudience
	case c.times.Expires == 0:
		return nil
	}
	return c.times.Check(s.options.Now(), s.options.Skew)
}

// about gives the kept answer, or asks; everybody who asks about one token at the same time waits for one answer.
func (q *inquiries) about(ctx context.Context, token string) (*inquiry, error) {
	key := sha256.Sum256([]byte(token))
	q.mu.Lock()
	if answer := q.kept(key); answer != nil {
		q.mu.Unlock()
		return answer, nil
	}
	f, under := q.flights[key]
	if !under && len(q.flights) >= maxFlights {
		q.mu.Unlock()
		return nil, errors.New("too many questions to the issuer under way")
	}
	if !under {
		f = &inquiryFlight{done: make(chan struct{})}
		q.flights[key] = f
		go q.run(key, token, f)
	}
	q.mu.Unlock()
	select {
	case <-f.done:
		return f.answer, f.failed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run is not ended by the request that it began with, since others wait too. A failure is not kept.
func (q *inquiries) run(key [32]byte, token string, f *inquiryFlight) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*fetchTimeout)
	defer cancel()
	at := q.resource.options.Now()
	said, doc, err := q.ask(ctx, token)
	answer := &inquiry{key: key, said: said, doc: doc, till: at.Add(q.believed(said))}

	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.flights, key)
	if f.failed = err; err == nil {
		f.answer = answer
		if said == nil {
			q.dead.keep(answer)
		} else {
			q.active.keep(answer)
		}
	}
	close(f.done)
}

func (q *inquiries) believed(said *claims) time.Duration {
	if said == nil {
		return min(negativeFor, q.settings.For)
	}
	return q.settings.For
}

// kept finds an answer that is still believed.
func (q *inquiries) kept(key [32]byte) *inquiry {
	now := q.resource.options.Now()
	if answer := q.active.find(key, now); answer != nil {
		return answer
	}
	return q.dead.find(key, now)
}

// ask puts the question (RFC 7662 section 2.1). No claims means that the token is not active.
func (q *inquiries) ask(ctx context.Context, token string) (*claims, []byte, error) {
	endpoint := q.settings.Endpoint
	if endpoint == "" {
		m, err := q.issuer.metadata.get(ctx)
		if err != nil {
			return nil, nil, err
		}
		if endpoint = m.Introspection; endpoint == "" {
			return nil, nil, errors.New("the issuer publishes no introspection_endpoint")
		}
	}
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	// RFC 6749 section 2.3.1: both are form-encoded before they are joined.
	r.SetBasicAuth(url.QueryEscape(q.settings.ClientID), url.QueryEscape(string(q.settings.ClientSecret)))
	doc, _, err := q.resource.fetch(r)
	if err != nil {
		return nil, nil, err
	}
	c, err := readClaims(doc)
	if err != nil {
		return nil, nil, err
	}
	if !c.active {
		return nil, nil, nil
	}
	return &c, doc, nil
}
