CREATE TABLE organizations (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  name BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX organizations_name ON organizations (tenant, name);
CREATE INDEX organizations_keep ON organizations (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE organization_domains (
  tenant BYTEA NOT NULL,
  domain BYTEA NOT NULL,
  organization BYTEA NOT NULL,
  PRIMARY KEY (tenant, domain)
);
CREATE INDEX organization_domains_organization ON organization_domains (organization, tenant);

CREATE TABLE account_groups (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  organization BYTEA NOT NULL,
  name BYTEA NOT NULL,
  deleted BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX account_groups_name ON account_groups (tenant, organization, name);
CREATE INDEX account_groups_organization ON account_groups (organization, tenant, id);
CREATE INDEX account_groups_keep ON account_groups (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE memberships (
  tenant BYTEA NOT NULL,
  account BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  member_of BYTEA NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, account, kind, member_of)
) WITH (fillfactor = 80);
CREATE INDEX memberships_members ON memberships (member_of, kind, tenant, account);
CREATE INDEX memberships_keep ON memberships (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE connections (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  organization BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX connections_organization ON connections (organization, tenant, id);
CREATE INDEX connections_keep ON connections (keep_until) WHERE keep_until IS NOT NULL;

-- A process claims the deliveries of the tenants it serves.
CREATE INDEX IF NOT EXISTS deliveries_tenant ON deliveries (tenant, due);
