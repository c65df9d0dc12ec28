package memory

import (
	"errors"
	"fmt"

	"github.com/keywright/keywright/core"
)

// What a database would refuse is refused here too: a value that does not fit
// is an error, never cut.

const maxPage = 1000

func checkLimit(limit int) error {
	if limit < 1 || limit > maxPage {
		return fmt.Errorf("memory: a page of %d rows; 1 to %d can be asked for", limit, maxPage)
	}
	return nil
}

func checkID(what string, id core.ID) error {
	if id.IsZero() {
		return fmt.Errorf("memory: %s is missing", what)
	}
	return nil
}

// checkText refuses an empty string and one of more than most bytes.
func checkText(what, s string, most int) error {
	if s == "" {
		return fmt.Errorf("memory: %s is missing", what)
	}
	return checkLength(what, s, most)
}

func checkLength(what, s string, most int) error {
	if len(s) > most {
		return fmt.Errorf("memory: %s of %d bytes, at most %d are kept", what, len(s), most)
	}
	return nil
}

func checkIdentifier(i core.Identifier) error {
	return errors.Join(
		checkText("kind of identifier", i.Kind, core.MaxKind),
		checkText("identifier", i.Value, core.MaxIdentifier),
	)
}
