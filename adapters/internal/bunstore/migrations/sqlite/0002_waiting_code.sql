-- The code of a grant that waits, and NULL afterwards, so that a unique index
-- guards it on every database.
ALTER TABLE grants ADD COLUMN waiting_code BLOB;
UPDATE grants SET waiting_code = user_code WHERE user_code <> X'' AND state = X'77616974696E67';
DROP INDEX grants_user_code;
CREATE UNIQUE INDEX grants_waiting_code ON grants (tenant, waiting_code) WHERE waiting_code IS NOT NULL;
