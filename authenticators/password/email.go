package password

import (
	"errors"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// ErrAddress says that a text is not an email address that an account can have.
var ErrAddress = errors.New("password: not an email address")

// Canonical brings an email address into the form that is compared: local part
// in NFC and lower case, domain in lower case. Two spellings of one address give
// one identifier; what people cannot tell apart by eye (invisible marks, wide or
// ligature letters) is refused rather than folded, since it is another mailbox
// (threats IDN01 to IDN07). Domains are given as in the DNS: a name in other
// letters in its "xn--" form. Every refusal is ErrAddress.
func Canonical(address string) (core.Identifier, error) {
	value, err := mailaddress.Canonical(address)
	if err != nil {
		return core.Identifier{}, ErrAddress
	}
	return core.Identifier{Kind: core.IdentifierEmail, Value: value}, nil
}
