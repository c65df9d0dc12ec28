// Package outages holds the tests of the database faults of the threat
// catalogue, B1, on real servers: connections that are lost at every request,
// servers that are down, stuck, read only, full or out of connections, locks that
// meet, callers that leave.
package outages
