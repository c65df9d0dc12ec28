-- The code of a grant that waits, and NULL afterwards, so that a unique index
-- guards it on every database.
ALTER TABLE grants ADD COLUMN waiting_code BYTEA;
UPDATE grants SET waiting_code = user_code WHERE user_code <> '' AND state = 'waiting';
CREATE UNIQUE INDEX grants_waiting_code ON grants (tenant, waiting_code) WHERE waiting_code IS NOT NULL;
