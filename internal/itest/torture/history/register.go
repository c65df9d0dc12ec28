package history

// Register is a thing that is either there or not: a session, a consent. Begin makes it, End ends it, and Use is
// answered Done while it is there and Refused while it is not.
type Register struct {
	ID    string
	Calls []Call
}

func stepRegister(there bool, c *Call) []bool {
	switch {
	case c.Kind == Use && there != (c.Outcome == Done):
		return nil
	case c.Kind == Use:
		return []bool{there}
	case c.Outcome == Unknown:
		return []bool{there, c.Kind == Begin}
	}
	return []bool{c.Kind == Begin}
}
