package mailaddress

import "strings"

// Domain brings a domain into the form that is compared: lower case, as in the DNS
// ("xn--" for other letters), without a final dot. Every refusal is ErrAddress.
func Domain(name string) (string, error) {
	name = lowerASCII(strings.TrimSuffix(name, "."))
	if !validDomain(name) {
		return "", ErrAddress
	}
	return name, nil
}

// DomainOf is the domain of an address; false for what is none.
func DomainOf(address string) (string, bool) {
	canonical, err := Canonical(address)
	if err != nil {
		return "", false
	}
	return canonical[strings.LastIndexByte(canonical, '@')+1:], true
}
