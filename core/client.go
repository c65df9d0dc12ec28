package core

// Lane is the way by which a client became known. The shape of a client_id
// picks the lane; none falls through to another.
type Lane string

// The three lanes of clients.
const (
	LaneSeeded Lane = "seeded" // written by the operator, in code, a file or the console
	LaneCIMD   Lane = "cimd"   // a client id metadata document at an https URL
	LaneDCR    Lane = "dcr"    // registered itself; loopback redirects only
)

// SelfRegistered says that nobody the operator knows vouches for the client.
func (l Lane) SelfRegistered() bool { return l == LaneDCR || l == LaneCIMD }
