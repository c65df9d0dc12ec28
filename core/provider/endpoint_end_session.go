package provider

import "net/http"

func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) error { return nil }
func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request) error  { return nil }
