-- How far the chores came that walk a table by its key, in order of the instants in
-- its ids: all before since is done; of since to until, what comes up to (tenant, id).
CREATE TABLE purge_walks (
  name BYTEA NOT NULL PRIMARY KEY,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  tenant BYTEA NOT NULL,
  id BYTEA NOT NULL
);
