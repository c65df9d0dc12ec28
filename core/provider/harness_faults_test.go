package provider_test

import "github.com/keywright/keywright/core/provider"

// lostClient loses the first writes of clients, so many, or their answers.
func lostClient(times int, after bool) provider.Fault {
	return provider.Fault{Calls: []string{"CreateClient", "UpdateClient"}, Nth: 1, Times: times, After: after}
}

// clientFaults are the ways in which a client may not get its row at once.
func clientFaults() []provider.Fault {
	return []provider.Fault{lostClient(1, false), lostClient(1, true), lostClient(3, false), lostClient(3, true)}
}

// fault loses the next call of a name, or none.
func (w *world) fault(call string, before bool) {
	w.store.Arm(provider.Fault{Calls: []string{call}, Nth: 1, After: !before})
}
