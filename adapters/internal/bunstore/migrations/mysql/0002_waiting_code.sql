-- The code of a grant that waits, and NULL afterwards, so that a unique index
-- guards it on every database.
ALTER TABLE grants ADD COLUMN waiting_code VARBINARY(32), ALGORITHM=INSTANT;
UPDATE grants SET waiting_code = user_code WHERE user_code <> '' AND state = 'waiting';
ALTER TABLE grants ADD UNIQUE KEY grants_waiting_code (tenant, waiting_code), ALGORITHM=INPLACE, LOCK=NONE;
