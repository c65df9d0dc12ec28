package provider

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
)

// How many failed authentications are answered as such; beyond, the answer is
// slow_down. A right credential is accepted all the while: it is not a guess,
// and somebody else's guesses must not lock a client out (TK-13).
const (
	failuresPerClient  = 50
	failuresPerAddress = 100
	failureWindow      = time.Minute
)

// countFailure counts one failed authentication against the client named and
// the address it came from, and says what the client hears. It never returns
// nil.
func (p *Provider) countFailure(w http.ResponseWriter, r *http.Request, q *clientQuestion, cause error) error {
	named := q.sent.clientID
	if len(named) > core.MaxClientID {
		named = "" // no client's; it is not repeated anywhere
	}
	p.observe(r.Context(), core.Event{
		At: q.at, Name: core.EventClientAuthFailed, Client: named,
		EventTerms: core.EventTerms{Reason: cause.Error(), RequestID: q.requestID, Address: q.address},
	})
	limits := []core.NamedLimit{{Parts: []string{"client address", q.address}, Max: failuresPerAddress, Window: failureWindow}}
	if named != "" {
		limits = append(limits, core.NamedLimit{Parts: []string{"client", named}, Max: failuresPerClient, Window: failureWindow})
	}
	until, err := p.take(r, q.at, limits)
	if err != nil {
		return core.Unavailable(fmt.Errorf("counting a failed client authentication: %w", err))
	}
	if until.IsZero() {
		return invalidClient(cause)
	}
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(until.Sub(q.at)/time.Second))))
	return core.Refuse(core.SlowDown, "too many failed client authentications").Because(cause)
}
