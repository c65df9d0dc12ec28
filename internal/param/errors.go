package param

import "errors"

// What can be wrong with parameters. All come as *Error; errors.Is finds them.
var (
	// ErrTooLarge means more bytes than Limits.Bytes: 413 for a body.
	ErrTooLarge = errors.New("the parameters are too large")
	// ErrTooMany means more parameters than Limits.Count.
	ErrTooMany = errors.New("there are too many parameters")
	// ErrNameTooLong means a name of more than Limits.Name bytes.
	ErrNameTooLong = errors.New("a parameter's name is too long")
	// ErrValueTooLong means a value of more than Limits.Value bytes.
	ErrValueTooLong = errors.New("a parameter is too long")
	// ErrEncoding means a percent sign without two hexadecimal digits.
	ErrEncoding = errors.New("a parameter is not percent-encoded correctly")
	// ErrUTF8 means bytes that are not UTF-8, surrogates among them.
	ErrUTF8 = errors.New("a parameter is not valid UTF-8")
	// ErrControl means a control character, NUL among them, or a byte order mark.
	ErrControl = errors.New("a parameter contains a control character")
	// ErrRepeated means a parameter sent more than once.
	ErrRepeated = errors.New("a parameter is repeated")
	// ErrMethod means a form request that is not a POST.
	ErrMethod = errors.New("the method is not POST")
	// ErrQuery means a form request whose address has a query.
	ErrQuery = errors.New("parameters are not accepted in the query")
	// ErrMediaType means a body that is not a form in UTF-8: 415.
	ErrMediaType = errors.New("the content type is not application/x-www-form-urlencoded in UTF-8")
	// ErrContentEncoding means a body with a content coding, such as gzip: 415.
	ErrContentEncoding = errors.New("a content coding is not accepted")
	// ErrBody means that the body could not be read to its end.
	ErrBody = errors.New("the body could not be read")
	// ErrListSyntax means a space-delimited list with a wrong character or
	// a space too many (RFC 6749, section 3.3).
	ErrListSyntax = errors.New("the list is malformed")
	// ErrListTooLong means a list of more than MaxListItems.
	ErrListTooLong = errors.New("the list is too long")
)

// Error says what is wrong, and with which parameter. Its text is fit for a
// client: it contains nothing that was sent.
type Error struct {
	// Reason is one of the errors above.
	Reason error
	// Name is the parameter, if it is one that a specification names; otherwise
	// it is empty. It is our spelling of it, not the sender's bytes.
	Name string
	// Cause is why a body could not be read, for the log; nil otherwise.
	Cause error
}

// Error is the reason and the parameter.
func (e *Error) Error() string {
	if e.Name == "" {
		return e.Reason.Error()
	}
	return e.Name + ": " + e.Reason.Error()
}

// Unwrap gives the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Cause}
}

// wrong makes the error about one parameter.
func wrong(reason error, name []byte) *Error { return &Error{Reason: reason, Name: known(name)} }
