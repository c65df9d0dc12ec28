package clientreg

import "encoding/json"

// members of a JSON object, each under its exact name: encoding/json would take
// Redirect_URIs for redirect_uris in a struct.
type members map[string]json.RawMessage

// has says whether the member is there; null is not (DR-02).
func (m members) has(name string) bool {
	v, ok := m[name]
	return ok && string(v) != "null"
}

// text reads a string; empty where the member is not there, false where it is
// something else.
func (m members) text(name string) (string, bool) {
	if !m.has(name) {
		return "", true
	}
	var s string
	err := json.Unmarshal(m[name], &s)
	return s, err == nil
}

// texts reads a list of strings in the same way.
func (m members) texts(name string) ([]string, bool) {
	if !m.has(name) {
		return nil, true
	}
	var list []*string
	if json.Unmarshal(m[name], &list) != nil {
		return nil, false
	}
	texts := make([]string, 0, len(list))
	for _, s := range list {
		if s == nil {
			return nil, false
		}
		texts = append(texts, *s)
	}
	return texts, true
}
