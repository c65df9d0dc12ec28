-- How far the chores came that walk a table by its key, in order of the instants in
-- its ids: all before since is done; of since to until, what comes up to (tenant, id).
CREATE TABLE purge_walks (
  name VARBINARY(255) NOT NULL PRIMARY KEY,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  tenant VARBINARY(16) NOT NULL,
  id VARBINARY(16) NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
