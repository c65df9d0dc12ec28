-- How far the chores came that walk a table by its key, in order of the instants in
-- its ids: all before since is done; of since to until, what comes up to (tenant, id).
CREATE TABLE purge_walks (
  name BLOB NOT NULL PRIMARY KEY,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  tenant BLOB NOT NULL,
  id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
