CREATE TABLE tenants (
  id BLOB NOT NULL PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  ended INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tenants_keep ON tenants (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE grants (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  state BLOB NOT NULL,
  account BLOB NOT NULL,
  client BLOB NOT NULL,
  session BLOB NOT NULL,
  user_code BLOB NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_account ON grants (tenant, account, id);
CREATE INDEX grants_client ON grants (tenant, client, id);
CREATE INDEX grants_session ON grants (tenant, session, id);
-- A code belongs to one waiting grant: X'77616974696E67' is "waiting".
CREATE UNIQUE INDEX grants_user_code ON grants (tenant, user_code)
  WHERE user_code <> X'' AND state = X'77616974696E67';
CREATE INDEX grants_keep ON grants (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE clients (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  lane BLOB NOT NULL,
  disabled INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX clients_keep ON clients (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE accounts (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  disabled INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  sign_in_epoch INTEGER NOT NULL,
  grants_epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_keep ON accounts (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE identifiers (
  tenant BLOB NOT NULL,
  kind BLOB NOT NULL,
  value BLOB NOT NULL,
  account BLOB NOT NULL,
  PRIMARY KEY (tenant, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_account ON identifiers (tenant, account);

CREATE TABLE credentials (
  tenant BLOB NOT NULL,
  kind BLOB NOT NULL,
  handle BLOB NOT NULL,
  account BLOB NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, kind, handle)
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_account ON credentials (tenant, account);
CREATE INDEX credentials_keep ON credentials (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE sessions (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  account BLOB NOT NULL,
  sign_in_epoch INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  ends INTEGER,
  idle_ends INTEGER,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (tenant, account, id);
CREATE INDEX sessions_keep ON sessions (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE interactions (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  finished INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX interactions_keep ON interactions (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE consents (
  tenant BLOB NOT NULL,
  account BLOB NOT NULL,
  client BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, account, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_keep ON consents (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE tickets (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  account BLOB NOT NULL,
  spent INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_keep ON tickets (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE provider_keys (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  purpose BLOB NOT NULL,
  algorithm BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change BLOB NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, purpose, algorithm, epoch)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_keys_keep ON provider_keys (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE replays (
  tenant BLOB NOT NULL,
  kind BLOB NOT NULL,
  hash BLOB NOT NULL,
  keep_until INTEGER,
  PRIMARY KEY (tenant, kind, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_keep ON replays (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE limits (
  tenant BLOB NOT NULL,
  hash BLOB NOT NULL,
  attempts INTEGER NOT NULL,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_keep ON limits (keep_until);

CREATE TABLE events (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  name BLOB NOT NULL,
  account BLOB NOT NULL,
  client BLOB NOT NULL,
  thing BLOB NOT NULL,
  version INTEGER NOT NULL,
  keep_until INTEGER,
  payload BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_account ON events (tenant, account, id);
CREATE INDEX events_client ON events (tenant, client, id);
CREATE INDEX events_keep ON events (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE deliveries (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  kind BLOB NOT NULL,
  due INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  keep_until INTEGER,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (due);
CREATE INDEX deliveries_keep ON deliveries (keep_until) WHERE keep_until IS NOT NULL;

CREATE TABLE leases (
  name BLOB NOT NULL PRIMARY KEY,
  holder BLOB NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
