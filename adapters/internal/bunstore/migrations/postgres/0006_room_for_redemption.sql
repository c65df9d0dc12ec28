-- Pages of grants are filled to half. Codes that were made together are redeemed
-- together, in one transaction, so that no old version can be cleared away for the
-- next new one: each needs a place of its own beside it. Whoever has cut the table into
-- partitions sets it for each of them.
DO $$ BEGIN IF (SELECT relkind = 'r' FROM pg_class WHERE oid = to_regclass('grants')) THEN
  ALTER TABLE grants SET (fillfactor = 50); END IF; END $$;
