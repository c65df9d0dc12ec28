package faultproxy

// Server is a kind of database server.
type Server int

// The servers whose protocol is understood.
const (
	Postgres Server = iota // protocol 3
	MySQL                  // and MariaDB
)

// String is the server's name.
func (s Server) String() string { return [...]string{"postgres", "mysql"}[s] }

func (s Server) wire() wire {
	if s == MySQL {
		return mysqlWire{}
	}
	return postgresWire{}
}

// wire is what is known of a protocol.
type wire interface {
	// open passes on what happens before the first request. False is the end of
	// the connection.
	open(l *link) bool
	// request reads one request.
	request(l *link) (request, error)
	// answer reads one part of an answer to q, or what came unasked, and says
	// whether the answer is complete. It is called by one goroutine.
	answer(l *link) (part []byte, err error)
	// ends says whether the part is the last of the answer to q.
	ends(l *link, q *request, part []byte) bool
}

// request is what is answered as one.
type request struct {
	raw        []byte
	sql        string // what it runs, if it runs SQL
	unanswered bool   // nothing comes back, so it is not counted
	last       bool   // the client leaves
	fault      Fault
	command    byte // of MySQL
	left       int  // lists that a MySQL answer still has, 0 before it began
}
