// Package param is the only reader of request parameters.
//
// It promises that nothing about a parameter is guessed. A query or a form body
// is read once, in one linear pass, within limits on its bytes, its number of
// parameters and the length of each. Names and values that come out are valid
// UTF-8 without control characters. Order and repetition are kept, so that a
// parameter sent twice is seen (OAuth 2.1, sections 3.1 and 3.2); an empty value
// is an absent one. Query and body are never merged: a form request with a
// query is refused. Bodies are application/x-www-form-urlencoded in UTF-8,
// without content coding, or where an endpoint asks for it one flat JSON object
// of strings, and nothing else.
//
// Errors tell the developer which parameter is wrong if it is one that the
// specifications name; they never repeat what was sent. Values print as nothing.
package param
