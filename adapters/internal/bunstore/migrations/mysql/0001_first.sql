CREATE TABLE tenants (
  id VARBINARY(16) NOT NULL PRIMARY KEY,
  name VARBINARY(255) NOT NULL UNIQUE,
  ended BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  KEY tenants_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE grants (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  state VARBINARY(255) NOT NULL,
  account VARBINARY(16) NOT NULL,
  client VARBINARY(512) NOT NULL,
  session VARBINARY(16) NOT NULL,
  user_code VARBINARY(32) NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY grants_account (tenant, account, id),
  KEY grants_client (tenant, client, id),
  KEY grants_session (tenant, session, id),
  KEY grants_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE clients (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(512) NOT NULL,
  lane VARBINARY(255) NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY clients_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE accounts (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  sign_in_epoch BIGINT NOT NULL,
  grants_epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY accounts_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE identifiers (
  tenant VARBINARY(16) NOT NULL,
  kind VARBINARY(255) NOT NULL,
  value VARBINARY(320) NOT NULL,
  account VARBINARY(16) NOT NULL,
  PRIMARY KEY (tenant, kind, value),
  KEY identifiers_account (tenant, account)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE credentials (
  tenant VARBINARY(16) NOT NULL,
  kind VARBINARY(255) NOT NULL,
  handle VARBINARY(1024) NOT NULL,
  account VARBINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, kind, handle),
  KEY credentials_account (tenant, account),
  KEY credentials_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE sessions (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  account VARBINARY(16) NOT NULL,
  sign_in_epoch BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  ends BIGINT,
  idle_ends BIGINT,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY sessions_account (tenant, account, id),
  KEY sessions_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE interactions (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  finished BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY interactions_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE consents (
  tenant VARBINARY(16) NOT NULL,
  account VARBINARY(16) NOT NULL,
  client VARBINARY(512) NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, account, client),
  KEY consents_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE tickets (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  account VARBINARY(16) NOT NULL,
  spent BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY tickets_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE provider_keys (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  purpose VARBINARY(255) NOT NULL,
  algorithm VARBINARY(255) NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, purpose, algorithm, epoch),
  KEY provider_keys_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE replays (
  tenant VARBINARY(16) NOT NULL,
  kind VARBINARY(255) NOT NULL,
  hash VARBINARY(32) NOT NULL,
  keep_until BIGINT,
  PRIMARY KEY (tenant, kind, hash),
  KEY replays_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE limits (
  tenant VARBINARY(16) NOT NULL,
  hash VARBINARY(32) NOT NULL,
  attempts BIGINT NOT NULL,
  keep_until BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash),
  KEY limits_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE events (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  at BIGINT NOT NULL,
  name VARBINARY(255) NOT NULL,
  account VARBINARY(16) NOT NULL,
  client VARBINARY(512) NOT NULL,
  thing VARBINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY events_account (tenant, account, id),
  KEY events_client (tenant, client, id),
  KEY events_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE deliveries (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  kind VARBINARY(255) NOT NULL,
  due BIGINT NOT NULL,
  hidden BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  keep_until BIGINT,
  body MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY deliveries_due (due),
  KEY deliveries_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE leases (
  name VARBINARY(255) NOT NULL PRIMARY KEY,
  holder VARBINARY(16) NOT NULL,
  until BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
