package core

// PageError is what a person is told on a page of ours. Name picks the words,
// which live with the pages; Cause goes to the log and nowhere else.
type PageError struct {
	Name   string
	Status int
	Cause  error
}

// Error gives the name.
func (e *PageError) Error() string {
	if e.Cause != nil {
		return "page " + e.Name + ": " + e.Cause.Error()
	}
	return "page " + e.Name
}

// Unwrap gives the cause.
func (e *PageError) Unwrap() error { return e.Cause }

// Because adds the cause for the log.
func (e *PageError) Because(cause error) *PageError {
	return &PageError{Name: e.Name, Status: e.Status, Cause: cause}
}

// The error pages. Status is what the browser gets.
var (
	PageLinkUsed        = &PageError{Name: "link_used", Status: 400}
	PageOld             = &PageError{Name: "page_old", Status: 400}
	PageNoCookie        = &PageError{Name: "no_cookie", Status: 400}
	PageOtherBrowser    = &PageError{Name: "other_browser", Status: 400}
	PageAppUnknown      = &PageError{Name: "app_unknown", Status: 400}
	PageAppIdentity     = &PageError{Name: "app_identity", Status: 400} // what it publishes of itself cannot be used
	PageAppOff          = &PageError{Name: "app_off", Status: 400}
	PageAppNotApproved  = &PageError{Name: "app_not_approved", Status: 403} // no operator has let it in
	PageAppAddress      = &PageError{Name: "app_address", Status: 400}
	PageAppRequest      = &PageError{Name: "app_request", Status: 400}
	PageForeign         = &PageError{Name: "foreign", Status: 403} // a cross-site request
	PageNotAllowed      = &PageError{Name: "not_allowed", Status: 403}
	PageIdentityTaken   = &PageError{Name: "identity_taken", Status: 409}   // linked to another account
	PageIdentityRefused = &PageError{Name: "identity_refused", Status: 403} // signed in elsewhere, no way in here
	PageDeviceOver      = &PageError{Name: "device_over", Status: 400}      // the code of a device is used, denied or too old
	PageNotFound        = &PageError{Name: "not_found", Status: 404}
	PageBusy            = &PageError{Name: "busy", Status: 429}
	PageAway            = &PageError{Name: "away", Status: 503}
	PageOurs            = &PageError{Name: "ours", Status: 500}
	PageSignUpClosed    = &PageError{Name: "signup_closed", Status: 403} // nobody makes an account by themselves here
)
