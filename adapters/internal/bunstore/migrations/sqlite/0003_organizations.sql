CREATE TABLE organizations (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  name BLOB NOT NULL,
  disabled INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX organizations_name ON organizations (tenant, name);
CREATE INDEX organizations_keep ON organizations (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE organization_domains (
  tenant BLOB NOT NULL,
  domain BLOB NOT NULL,
  organization BLOB NOT NULL,
  PRIMARY KEY (tenant, domain)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_domains_organization ON organization_domains (tenant, organization);

CREATE TABLE account_groups (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  organization BLOB NOT NULL,
  name BLOB NOT NULL,
  deleted INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_groups_name ON account_groups (tenant, organization, name);
CREATE INDEX account_groups_organization ON account_groups (tenant, organization, id);
CREATE INDEX account_groups_keep ON account_groups (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE memberships (
  tenant BLOB NOT NULL,
  account BLOB NOT NULL,
  kind BLOB NOT NULL,
  member_of BLOB NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, account, kind, member_of)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_members ON memberships (tenant, kind, member_of, account);
CREATE INDEX memberships_keep ON memberships (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE connections (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  organization BLOB NOT NULL,
  kind BLOB NOT NULL,
  disabled INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connections_organization ON connections (tenant, organization, id);
CREATE INDEX connections_keep ON connections (keep_until) WHERE keep_until IS NOT NULL;

-- A process claims the deliveries of the tenants it serves.
CREATE INDEX IF NOT EXISTS deliveries_tenant ON deliveries (tenant, due);
