// Package admin is what an operator does with a running issuer, from Go: a program
// of the operator's own, a job, a console. It needs nothing but the issuer's store,
// so that it may run beside the provider or inside it (Provider.Clients).
package admin
