-- The code of a grant that waits, and NULL afterwards, so that a unique index
-- guards it on every database.
ALTER TABLE grants ADD COLUMN waiting_code BYTEA;
CREATE UNIQUE INDEX grants_waiting_code ON grants (tenant, waiting_code) WHERE waiting_code IS NOT NULL;
