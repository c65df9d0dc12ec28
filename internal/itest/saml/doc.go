// Package saml signs people in to a whole provider through an identity provider
// made of crewjam/saml, as browsers carry it. Nobody imports it, so it may use what
// would weigh on importers.
package saml
