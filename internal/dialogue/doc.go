// Package dialogue plays conversations with a provider that are written down in
// files, and compares what was answered with what the file says.
//
// A file is a comment, which names the requirements it shows, and then sections
// in the form of txtar: a request, its answer, the next request and so on.
//
//	A code is good once (CD-03).
//
//	-- Anna opens the app --
//	GET /authorize
//	  ?client_id={client}
//	  &code_challenge={challenge}
//	-- answer --
//	303 See Other
//	...
//	-- app redeems the code --
//	clock +5s
//	POST /token
//	Authorization: Basic {basic client client.secret}
//
//	code={code}
//	capture access = json access_token
//	-- answer --
//	...
//
// Whoever's name begins with a capital has a browser, which keeps cookies;
// everybody else is a program. The request line may go on over lines that begin
// with "?" or "&". Lines after the empty one are fields of a form, or the body
// as it is where a Content-Type is given. FORM in place of a method fills in a
// form, named by its id, of the page this person saw last; a line "press
// decision=allow" says by which button.
//
// Redirects are shown, not followed; OPEN is a GET that follows those of the
// provider to itself and shows where they end.
//
// Words in braces stand for values: what World.Values gives, what was captured,
// and {verifier}, {challenge} (each may be followed by a seed) and {basic ID
// SECRET}. Captures: json, query (of the Location), header, location, cookie,
// action and field (of a form), link, claim (of a JWT in the JSON).
//
// go test -update writes the answers anew. What differs from run to run is
// masked; times are shown as seconds since the dialogue began.
package dialogue
