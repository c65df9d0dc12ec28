CREATE TABLE organizations (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  name VARBINARY(255) NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE KEY organizations_name (tenant, name),
  KEY organizations_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE organization_domains (
  tenant VARBINARY(16) NOT NULL,
  domain VARBINARY(253) NOT NULL,
  organization VARBINARY(16) NOT NULL,
  PRIMARY KEY (tenant, domain),
  KEY organization_domains_organization (tenant, organization)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE account_groups (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  organization VARBINARY(16) NOT NULL,
  name VARBINARY(255) NOT NULL,
  deleted BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE KEY account_groups_name (tenant, organization, name),
  KEY account_groups_organization (tenant, organization, id),
  KEY account_groups_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE memberships (
  tenant VARBINARY(16) NOT NULL,
  account VARBINARY(16) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  member_of VARBINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, account, kind, member_of),
  KEY memberships_members (tenant, kind, member_of, account),
  KEY memberships_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE connections (
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL,
  organization VARBINARY(16) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  disabled BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  `change` VARBINARY(16) NOT NULL,
  keep_until BIGINT,
  payload MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant, id),
  KEY connections_organization (tenant, organization, id),
  KEY connections_keep (keep_until)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A process claims the deliveries of the tenants it serves.
CREATE INDEX deliveries_tenant ON deliveries (tenant, due);
