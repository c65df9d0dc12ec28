package memory

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/keywright/keywright/core"
)

// store is one tenant's tables. No other tenant's rows can be reached from it.
type store struct {
	db     *database
	tenant core.ID

	mu            sync.RWMutex
	grants        table[core.ID, core.Grant]
	clients       table[string, core.Client]
	accounts      table[core.ID, core.Account]
	credentials   table[core.CredentialKey, core.Credential]
	memberships   table[member, core.Membership]
	organizations table[core.ID, core.Organization]
	groups        table[core.ID, core.Group]
	connections   table[core.ID, core.Connection]
	sessions      table[core.ID, core.Session]
	interactions  table[core.ID, core.Interaction]
	consents      table[consentKey, core.Consent]
	tickets       table[core.ID, core.Ticket]
	keys          table[core.ID, core.Key]
	events        table[core.ID, core.Event]
	identifiers   map[core.Identifier]core.ID
	marks         map[mark]marked
	limits        map[core.Hash]window

	grantsByAccount           index[core.ID, core.ID]
	grantsByClient            index[string, core.ID]
	grantsBySession           index[core.ID, core.ID]
	grantByUserCode           map[core.Hash]core.ID
	sessionsByAccount         index[core.ID, core.ID]
	consentsByAccount         index[core.ID, consentKey]
	credentialsByAccount      index[core.ID, core.CredentialKey]
	identifiersByAccount      index[core.ID, core.Identifier]
	membershipsByAccount      index[core.ID, member]
	members                   index[core.MembershipKey, member]
	organizationByName        map[string]core.ID
	organizationByDomain      map[string]core.ID
	domainsByOrganization     index[core.ID, string]
	groupByName               map[groupName]core.ID
	groupsByOrganization      index[core.ID, core.ID]
	connectionsByOrganization index[core.ID, core.ID]
	keyByEpoch                map[keyEpoch]core.ID
}

func newStore(db *database, tenant core.ID) *store {
	return &store{
		db: db, tenant: tenant,
		grants:        table[core.ID, core.Grant]{},
		clients:       table[string, core.Client]{},
		accounts:      table[core.ID, core.Account]{},
		credentials:   table[core.CredentialKey, core.Credential]{},
		memberships:   table[member, core.Membership]{},
		organizations: table[core.ID, core.Organization]{},
		groups:        table[core.ID, core.Group]{},
		connections:   table[core.ID, core.Connection]{},
		sessions:      table[core.ID, core.Session]{},
		interactions:  table[core.ID, core.Interaction]{},
		consents:      table[consentKey, core.Consent]{},
		tickets:       table[core.ID, core.Ticket]{},
		keys:          table[core.ID, core.Key]{},
		events:        table[core.ID, core.Event]{},
		identifiers:   map[core.Identifier]core.ID{},
		marks:         map[mark]marked{},
		limits:        map[core.Hash]window{},

		grantsByAccount:           index[core.ID, core.ID]{},
		grantsByClient:            index[string, core.ID]{},
		grantsBySession:           index[core.ID, core.ID]{},
		grantByUserCode:           map[core.Hash]core.ID{},
		sessionsByAccount:         index[core.ID, core.ID]{},
		consentsByAccount:         index[core.ID, consentKey]{},
		credentialsByAccount:      index[core.ID, core.CredentialKey]{},
		identifiersByAccount:      index[core.ID, core.Identifier]{},
		membershipsByAccount:      index[core.ID, member]{},
		members:                   index[core.MembershipKey, member]{},
		organizationByName:        map[string]core.ID{},
		organizationByDomain:      map[string]core.ID{},
		domainsByOrganization:     index[core.ID, string]{},
		groupByName:               map[groupName]core.ID{},
		groupsByOrganization:      index[core.ID, core.ID]{},
		connectionsByOrganization: index[core.ID, core.ID]{},
		keyByEpoch:                map[keyEpoch]core.ID{},
	}
}

var errNoTenant = errors.New("memory: the zero id is no tenant")

// begin is the first thing every method does.
func (s *store) begin(ctx context.Context) error {
	if s.tenant.IsZero() {
		return errNoTenant
	}
	return s.db.begin(ctx)
}

func conflict(key string) error { return &core.ConflictError{Key: key} }

func compareText(a, b string) int { return strings.Compare(a, b) }

func compareIDs(a, b core.ID) int { return bytes.Compare(a[:], b[:]) }

// columnsOfRow is what is kept of r beside the payload, which holds Rest.
func columnsOfRow(r core.Row) core.Row {
	return core.Row{Version: r.Version, Change: r.Change, KeepUntil: core.Instant(r.KeepUntil)}
}
