package core

// Tools is replaced below.
type Tools struct{}
