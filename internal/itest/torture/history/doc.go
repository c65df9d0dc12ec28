// Package history judges what callers of a provider heard, while replicas, connections and databases died, against
// the state machine of a grant. It knows nothing of HTTP: a history is a list of calls with the time each was made,
// the time its answer came, and the answer, or that none came.
//
// Each grant is one register: some order of its calls, each within its own time, must explain every answer. A call
// whose answer was lost may have taken effect or not. So are sessions and consents, which are simpler.
package history
