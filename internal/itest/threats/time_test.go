package threats

import (
	"time"

	"github.com/keywright/keywright/core/providertest"
)

const hour = time.Hour

var withPath = providertest.WithPath("/tenant/one")
