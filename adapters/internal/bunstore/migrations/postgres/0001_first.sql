CREATE TABLE tenants (
  id BYTEA NOT NULL PRIMARY KEY,
  name BYTEA NOT NULL UNIQUE,
  ended BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT
);
CREATE INDEX tenants_keep ON tenants (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE grants (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  state BYTEA NOT NULL,
  account BYTEA NOT NULL,
  client BYTEA NOT NULL,
  session BYTEA NOT NULL,
  user_code BYTEA NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
-- Indexes beside a key begin with another column than it does: a planner that knows
-- nothing of a new table yet takes any index that begins with the tenant for as
-- good as the key, and would read the whole tenant.
CREATE INDEX grants_account ON grants (account, tenant, id);
CREATE INDEX grants_client ON grants (client, tenant, id);
CREATE INDEX grants_session ON grants (session, tenant, id);
CREATE INDEX grants_keep ON grants (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE clients (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  lane BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX clients_keep ON clients (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE accounts (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  sign_in_epoch BIGINT NOT NULL,
  grants_epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX accounts_keep ON accounts (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE identifiers (
  tenant BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  value BYTEA NOT NULL,
  account BYTEA NOT NULL,
  PRIMARY KEY (tenant, kind, value)
);
CREATE INDEX identifiers_account ON identifiers (account, tenant);

CREATE TABLE credentials (
  tenant BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  handle BYTEA NOT NULL,
  account BYTEA NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, kind, handle)
) WITH (fillfactor = 80);
CREATE INDEX credentials_account ON credentials (account, tenant);
CREATE INDEX credentials_keep ON credentials (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE sessions (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  account BYTEA NOT NULL,
  sign_in_epoch BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  ends BIGINT,
  idle_ends BIGINT,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX sessions_account ON sessions (account, tenant, id);
CREATE INDEX sessions_keep ON sessions (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE interactions (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  finished BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX interactions_keep ON interactions (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE consents (
  tenant BYTEA NOT NULL,
  account BYTEA NOT NULL,
  client BYTEA NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, account, client)
) WITH (fillfactor = 80);
CREATE INDEX consents_keep ON consents (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE tickets (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  account BYTEA NOT NULL,
  spent BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX tickets_keep ON tickets (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE provider_keys (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  purpose BYTEA NOT NULL,
  algorithm BYTEA NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  change BYTEA NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, purpose, algorithm, epoch)
);
CREATE INDEX provider_keys_keep ON provider_keys (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE replays (
  tenant BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  keep_until BIGINT,
  PRIMARY KEY (tenant, kind, hash)
);
CREATE INDEX replays_keep ON replays (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE limits (
  tenant BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  keep_until BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash)
) WITH (fillfactor = 80);
CREATE INDEX limits_keep ON limits (keep_until);

CREATE TABLE events (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  at BIGINT NOT NULL,
  name BYTEA NOT NULL,
  account BYTEA NOT NULL,
  client BYTEA NOT NULL,
  thing BYTEA NOT NULL,
  version BIGINT NOT NULL,
  keep_until BIGINT,
  payload BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX events_account ON events (account, tenant, id);
CREATE INDEX events_client ON events (client, tenant, id);
CREATE INDEX events_keep ON events (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE deliveries (
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL,
  kind BYTEA NOT NULL,
  due BIGINT NOT NULL,
  hidden BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  keep_until BIGINT,
  body BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
) WITH (fillfactor = 80);
CREATE INDEX deliveries_due ON deliveries (due);
CREATE INDEX deliveries_keep ON deliveries (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE leases (
  name BYTEA NOT NULL PRIMARY KEY,
  holder BYTEA NOT NULL,
  until BIGINT NOT NULL
);
