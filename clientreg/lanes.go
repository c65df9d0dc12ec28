// Package clientreg holds the lanes by which clients become known to a
// provider. The seeded lane is for those that the operator writes down, in code
// or in a file.
package clientreg

import "github.com/keywright/keywright/core"

// Lanes are the lanes of a provider. The shape of a client_id picks one of
// them, and none falls through to another.
type Lanes []core.ClientLane

// Find gives the one lane that owns the client_id. False where none does, or
// where more than one claims it: then nobody is to be believed.
func (l Lanes) Find(clientID string) (core.ClientLane, bool) {
	var found core.ClientLane
	for _, lane := range l {
		if !lane.Owns(clientID) {
			continue
		}
		if found != nil {
			return nil, false
		}
		found = lane
	}
	return found, found != nil
}
